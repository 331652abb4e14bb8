import { CLEARED_SOCIAL_COOKIE } from './cookie.ts';
import type { Refusal } from './refusal.ts';
import type { Context } from './route.ts';

/** A social sign-in is a browser's navigation: a refusal leads back to the sign-in page, which says why. */
export function refuseToSignIn({ code, status, extra }: Refusal, { server }: Context): Response {
  // Strangers, wrong methods and unknown providers come from no page of ours.
  if (code === 'origin_refused' || status === 404 || status === 405) {
    return Response.json({ error: code }, { status, headers: status === 405 ? { Allow: 'GET, HEAD, POST' } : {} });
  }
  const headers = new Headers({
    Location: `${server.publicSettings.appUrl}/sign-in?error=${code}`,
    'Set-Cookie': CLEARED_SOCIAL_COOKIE,
  });
  if (extra.retryAfter) headers.set('Retry-After', String(extra.retryAfter));
  return new Response(null, { status: 303, headers });
}

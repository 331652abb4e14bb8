import { enabledProviders, startSocial } from '#lib/clerk/social.ts';
import { socialCookie } from '#lib/http/cookie.ts';
import { Refusal } from '#lib/http/refusal.ts';
import { routes, type Handler } from '#lib/http/route.ts';
import { refuseToSignIn } from '#lib/http/social-refusal.ts';

const start: Handler = async ({ server, caller, parameters }) => {
  const { clerk, publicSettings } = server;
  const { provider } = await parameters();
  const enabled = enabledProviders(publicSettings.socialClientIds).find(({ id }) => id === provider);
  if (!enabled) throw new Refusal('not_found', 'provider-unknown');
  const callbackUrl = `${publicSettings.appUrl}/api/auth/social/callback`;
  const { redirectUrl, state } = await startSocial(clerk, enabled.id, callbackUrl, caller);
  return new Response(null, { status: 303, headers: { Location: redirectUrl, 'Set-Cookie': socialCookie(state) } });
};

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes({
  event: 'auth.social',
  route: '/api/auth/social/[provider]',
  handlers: { GET: start, POST: start },
  refuse: refuseToSignIn,
});

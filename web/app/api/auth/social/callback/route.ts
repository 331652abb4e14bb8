import { finishSocial } from '#lib/clerk/social.ts';
import { CLEARED_SOCIAL_COOKIE, SOCIAL_COOKIE, readCookie, refreshCookie } from '#lib/http/cookie.ts';
import { routes } from '#lib/http/route.ts';
import { refuseToSignIn } from '#lib/http/social-refusal.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes({
  event: 'auth.social',
  route: '/api/auth/social/callback',
  handlers: {
    GET: async ({ request, server, caller, note }) => {
      const nonce = new URL(request.url).searchParams.get('rotating_token_nonce');
      const session = await finishSocial(server.clerk, readCookie(request.headers, SOCIAL_COOKIE), nonce, caller);
      note.tenant = session.identity.tenant?.id ?? null;
      const headers = new Headers({ Location: `${server.publicSettings.appUrl}/protected` });
      headers.append('Set-Cookie', refreshCookie(session.refreshToken));
      headers.append('Set-Cookie', CLEARED_SOCIAL_COOKIE);
      return new Response(null, { status: 303, headers });
    },
  },
  refuse: refuseToSignIn,
});

import { endSession } from '#lib/clerk/session.ts';
import { CLEARED_REFRESH_COOKIE } from '#lib/http/cookie.ts';
import { refreshTokenOf } from '#lib/http/refresh-token.ts';
import { Refusal } from '#lib/http/refusal.ts';
import { routes } from '#lib/http/route.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes({
  event: 'auth.signout',
  route: '/api/auth/signout',
  handlers: {
    POST: async (context) => {
      const { server, caller, note } = context;
      const { refreshToken, cookieBorne } = await refreshTokenOf(context);
      const cookie = cookieBorne ? { cookie: CLEARED_REFRESH_COOKIE } : {};
      try {
        await endSession(server.clerk, refreshToken, caller);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        // With Clerk down the browser forgets the session all the same; that Clerk does not is said.
        if (error.code !== 'unauthenticated') throw new Refusal(error.code, error.reason, { ...error.extra, ...cookie });
        note.reason = 'session-already-over';
      }
      return Response.json({ signedOut: true }, { headers: cookieBorne ? { 'Set-Cookie': CLEARED_REFRESH_COOKIE } : {} });
    },
  },
});

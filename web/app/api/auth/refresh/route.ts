import { refreshSession } from '#lib/clerk/session.ts';
import { CLEARED_REFRESH_COOKIE } from '#lib/http/cookie.ts';
import { refreshTokenOf } from '#lib/http/refresh-token.ts';
import { Refusal } from '#lib/http/refusal.ts';
import { routes } from '#lib/http/route.ts';
import { sessionResponse } from '#lib/http/session-response.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes({
  event: 'auth.refresh',
  route: '/api/auth/refresh',
  handlers: {
    POST: async (context) => {
      const { server, caller } = context;
      const { refreshToken, cookieBorne } = await refreshTokenOf(context);
      try {
        const session = await refreshSession(server.clerk, refreshToken, caller);
        return sessionResponse(context, session, cookieBorne);
      } catch (error) {
        // The session is over: a cookie that would be refused for ever is taken away.
        if (cookieBorne && error instanceof Refusal && error.code === 'unauthenticated') {
          throw new Refusal(error.code, error.reason, { ...error.extra, cookie: CLEARED_REFRESH_COOKIE });
        }
        throw error;
      }
    },
  },
});

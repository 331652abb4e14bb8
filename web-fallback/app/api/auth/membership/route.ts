import { joinTenant } from '#lib/clerk/join.ts';
import { Refusal } from '#lib/http/refusal.ts';
import { routes } from '#lib/http/route.ts';

/** The part of a sign-up that Clerk's components leave to the app: a place in the tenant's organization. */
export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes({
  event: 'auth.signup',
  route: '/api/auth/membership',
  handlers: {
    POST: async ({ request, server, caller }) => {
      const token = /^Bearer +(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
      if (!token) throw new Refusal('unauthenticated', 'token-missing');
      const { userId } = await server.clerk.tokens.verify(token, caller.signal);
      return { organization: await joinTenant(server.clerk, userId, caller.signal) };
    },
  },
});

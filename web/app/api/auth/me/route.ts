import { demandTenant } from '#lib/clerk/session.ts';
import { Refusal } from '#lib/http/refusal.ts';
import { routes } from '#lib/http/route.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes({
  event: 'auth.me',
  route: '/api/auth/me',
  handlers: {
    GET: async ({ request, server, caller, note }) => {
      const token = /^Bearer +(\S+)$/i.exec(request.headers.get('authorization') ?? '')?.[1];
      if (!token) throw new Refusal('unauthenticated', 'token-missing');
      const startedAt = performance.now();
      const identity = await server.clerk.tokens.verify(token, caller.signal).finally(() => {
        note.validationMs = performance.now() - startedAt;
      });
      note.tenant = identity.tenant?.id ?? null;
      demandTenant(server.clerk, identity);
      return {
        user: { id: identity.userId },
        session: { id: identity.sessionId, expiresAt: new Date(identity.expiresAt * 1000).toISOString() },
        tenant: identity.tenant,
      };
    },
  },
});

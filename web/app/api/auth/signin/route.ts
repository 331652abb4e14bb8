import { signIn } from '#lib/clerk/sign-in.ts';
import { credentials, readJson } from '#lib/http/body.ts';
import { routes } from '#lib/http/route.ts';
import { sessionResponse } from '#lib/http/session-response.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes({
  event: 'auth.signin',
  route: '/api/auth/signin',
  handlers: {
    POST: async (context) => {
      const { request, server, caller } = context;
      const given = credentials(await readJson(request, caller.signal), { password: [1, 256] });
      return sessionResponse(context, await signIn(server.clerk, server.attempts, given, caller));
    },
  },
});

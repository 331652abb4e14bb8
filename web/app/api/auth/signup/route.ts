import { NEW_PASSWORD, signUp } from '#lib/clerk/sign-up.ts';
import { credentials, readJson } from '#lib/http/body.ts';
import { routes } from '#lib/http/route.ts';
import { sessionResponse } from '#lib/http/session-response.ts';

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = routes({
  event: 'auth.signup',
  route: '/api/auth/signup',
  handlers: {
    POST: async (context) => {
      const { request, server, caller } = context;
      const given = credentials(await readJson(request, caller.signal), { password: NEW_PASSWORD });
      return sessionResponse(context, await signUp(server.clerk, given, caller));
    },
  },
});

import type { Session } from '../clerk/session.ts';
import type { Context } from './route.ts';
import { refreshCookie } from './cookie.ts';

/** The token answer: API clients get the refresh token in JSON, browsers only in the HttpOnly cookie. */
export function sessionResponse({ request, note }: Context, session: Session, cookieBorne = false): Response {
  note.tenant = session.identity.tenant?.id ?? null;
  const { accessToken, refreshToken, expiresIn } = session;
  const answer = { accessToken, tokenType: 'Bearer', expiresIn };
  // A refresh token that came in a cookie never leaves in JSON, whatever a script on the page asks for.
  if (cookieBorne || request.headers.get('x-client') === 'browser') {
    return Response.json(answer, { headers: { 'Set-Cookie': refreshCookie(refreshToken) } });
  }
  return Response.json({ ...answer, refreshToken });
}

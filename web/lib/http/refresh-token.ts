import { readJson } from './body.ts';
import { REFRESH_COOKIE, readCookie } from './cookie.ts';
import { demandOwnOrigin } from './origin.ts';
import { Refusal } from './refusal.ts';
import type { Context } from './route.ts';

/** The refresh token of the body (API clients), else of the cookie (browsers, from our own pages only). */
export async function refreshTokenOf({ request, server, caller }: Context): Promise<{ refreshToken: string; cookieBorne: boolean }> {
  const { refreshToken } = await readJson(request, caller.signal);
  if (typeof refreshToken === 'string' && refreshToken !== '') return { refreshToken, cookieBorne: false };
  if (refreshToken !== undefined) throw new Refusal('bad_request', 'body-fields');
  const cookie = readCookie(request.headers, REFRESH_COOKIE);
  if (!cookie) throw new Refusal('unauthenticated', 'token-missing');
  demandOwnOrigin(request.headers, server.origins);
  return { refreshToken: cookie, cookieBorne: true };
}

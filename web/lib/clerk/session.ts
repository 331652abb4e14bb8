import { Refusal } from '../http/refusal.ts';
import type { Clerk } from './clerk.ts';
import type { Caller, ClientToken } from './frontend-api.ts';
import { ClerkError } from './http.ts';
import { isTenant } from './tenant.ts';
import type { Identity } from './tokens.ts';

export type Session = Readonly<{ identity: Identity; accessToken: string; refreshToken: string; expiresIn: number }>;

/** A new access token for a refresh token; the tenant is looked at again, for a membership may have ended. */
export async function refreshSession(clerk: Clerk, refreshToken: string, caller: Caller): Promise<Session> {
  const { sessionId, clientJwt } = parseRefreshToken(refreshToken);
  const token = await createToken(clerk, sessionId, clientJwt, caller);
  return verifiedSession(clerk, token, caller);
}

/**
 * Ends the session. That a caller knows a session's id proves nothing (it stands in every access
 * token), so the client JWT has to be good for a token first.
 */
export async function endSession(clerk: Clerk, refreshToken: string, caller: Caller): Promise<void> {
  const { sessionId, clientJwt } = parseRefreshToken(refreshToken);
  await createToken(clerk, sessionId, clientJwt, caller);
  await clerk.backend.revokeSession(sessionId, caller.signal);
}

/** The session of a token that Clerk just gave, if its verified claims name our tenant. */
export async function verifiedSession(clerk: Clerk, token: ClientToken, caller: Caller): Promise<Session> {
  const identity = await clerk.tokens.verify(token.jwt, caller.signal).catch((error: unknown) => {
    // Clerk gave it this moment: if it is not good, our keys or settings are of another instance.
    throw error instanceof Refusal && error.code === 'unauthenticated' ? new Refusal('unavailable', 'instance-mismatch') : error;
  });
  demandTenant(clerk, identity);
  return {
    identity,
    accessToken: token.jwt,
    refreshToken: `${token.sessionId}.${token.clientJwt}`,
    expiresIn: identity.expiresAt - identity.issuedAt,
  };
}

export function demandTenant(clerk: Clerk, identity: Identity): void {
  if (!identity.tenant || !isTenant(identity.tenant, clerk.tenant)) {
    throw new Refusal('tenant_refused', 'tenant-mismatch', { tenant: identity.tenant?.id ?? null });
  }
}

async function createToken(clerk: Clerk, sessionId: string, clientJwt: string, caller: Caller): Promise<ClientToken> {
  return clerk.frontend.createToken(sessionId, clientJwt, caller).catch((error: unknown) => {
    throw error instanceof ClerkError ? new Refusal('unauthenticated', `session-${error.code}`) : error;
  });
}

/** A refresh token is `<session id>.<client JWT>`. */
function parseRefreshToken(refreshToken: string): { sessionId: string; clientJwt: string } {
  const match = /^(sess_[A-Za-z0-9]{1,60})\.([\w-]+\.[\w-]+\.[\w-]+)$/.exec(refreshToken);
  if (!match?.[1] || !match[2] || refreshToken.length > 4096) throw new Refusal('unauthenticated', 'refresh-token-malformed');
  return { sessionId: match[1], clientJwt: match[2] };
}

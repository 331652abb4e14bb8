import { Refusal } from '../http/refusal.ts';
import type { Clerk } from './clerk.ts';
import type { Caller, ClientSession, ClientToken } from './frontend-api.ts';
import { ClerkError } from './http.ts';
import { tenantsOrganization } from './membership.ts';
import { isTenant } from './tenant.ts';
import type { Identity } from './tokens.ts';

export type Session = Readonly<{ identity: Identity; accessToken: string; refreshToken: string; expiresIn: number }>;

/** A new access token for a refresh token; the tenant is looked at again, for a membership may have ended. */
export async function refreshSession(clerk: Clerk, refreshToken: string, caller: Caller): Promise<Session> {
  return sessionInTenant(clerk, await createToken(clerk, parseRefreshToken(refreshToken), caller), caller);
}

/**
 * Ends the session. That a caller knows a session's id proves nothing (it stands in every access
 * token), so the client JWT has to be good for a token first.
 */
export async function endSession(clerk: Clerk, refreshToken: string, caller: Caller): Promise<void> {
  const session = parseRefreshToken(refreshToken);
  await createToken(clerk, session, caller);
  await clerk.backend.revokeSession(session.sessionId, caller.signal).catch((error: unknown) => {
    throw error instanceof ClerkError ? new Refusal('unauthenticated', `session-${error.code}`) : error;
  });
}

/**
 * The session in the tenant's organization. A social sign-in, or another application of the same
 * Clerk instance, may have left the session in another one, or in none.
 */
export async function sessionInTenant(clerk: Clerk, token: ClientToken, caller: Caller): Promise<Session> {
  const { tenant, userId } = await verify(clerk, token, caller);
  if (tenant && isTenant(tenant, clerk.tenant)) return verifiedSession(clerk, token, caller);
  const organization = await tenantsOrganization(clerk, userId, caller.signal);
  if (!organization) throw new Refusal('tenant_refused', 'tenant-mismatch', { tenant: tenant?.id ?? null });
  return verifiedSession(clerk, await createToken(clerk, token, caller, organization.id), caller);
}

/** The session of a token that Clerk just gave, if its verified claims name our tenant. */
export async function verifiedSession(clerk: Clerk, token: ClientToken, caller: Caller): Promise<Session> {
  const identity = await verify(clerk, token, caller);
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

async function verify(clerk: Clerk, { jwt }: ClientToken, caller: Caller): Promise<Identity> {
  return clerk.tokens.verify(jwt, caller.signal).catch((error: unknown) => {
    // Clerk gave it this moment: if it is not good, our keys or settings are of another instance.
    const ours = error instanceof Refusal && error.code === 'unauthenticated' && error.reason !== 'session-pending';
    throw ours ? new Refusal('unavailable', 'instance-mismatch') : error;
  });
}

async function createToken(clerk: Clerk, session: ClientSession, caller: Caller, organizationId?: string): Promise<ClientToken> {
  return clerk.frontend.createToken(session, caller, organizationId).catch((error: unknown) => {
    throw error instanceof ClerkError ? new Refusal('unauthenticated', `session-${error.code}`) : error;
  });
}

/** A refresh token is `<session id>.<client JWT>`. */
function parseRefreshToken(refreshToken: string): ClientSession {
  const match = /^(sess_[A-Za-z0-9]{1,60})\.([\w-]+\.[\w-]+\.[\w-]+)$/.exec(refreshToken);
  if (!match?.[1] || !match[2] || refreshToken.length > 4096) throw new Refusal('unauthenticated', 'refresh-token-malformed');
  return { sessionId: match[1], clientJwt: match[2] };
}

import { createHash } from 'node:crypto';
import type { Attempts } from '../attempts.ts';
import type { Credentials } from '../http/body.ts';
import { Refusal } from '../http/refusal.ts';
import type { Clerk } from './clerk.ts';
import type { Attempt, Caller, ClientToken } from './frontend-api.ts';
import { ClerkError } from './http.ts';
import { tenantsOrganization } from './membership.ts';
import { verifiedSession, type Session } from './session.ts';

/** The address is a key of its own, so that a stranger's guesses do not lock the account's owner out. */
export type SignInCaller = Caller & { viewerAddress: string | null };

/** Signs in by password, braked: a wrong one counts, an answer that says nothing about it does not. */
export async function signIn(clerk: Clerk, attempts: Attempts, given: Credentials, caller: SignInCaller): Promise<Session> {
  const key = createHash('sha256').update(`${caller.viewerAddress}\n${given.email}`).digest('base64url');
  const retryAfter = attempts.take(key);
  if (retryAfter !== null) throw new Refusal('rate_limited', 'too-many-attempts', { retryAfter });
  try {
    const session = await signInByPassword(clerk, given, caller);
    attempts.succeed(key);
    return session;
  } catch (error) {
    if (!(error instanceof Refusal && error.code === 'invalid_credentials')) attempts.giveBack(key);
    throw error;
  }
}

/**
 * Checks the password on the Backend API, then signs in by a one-time ticket.
 *
 * Not strategy=password on the Frontend API: from a server that trips Clerk's device trust.
 * Whether the user is unknown, locked or the password is wrong looks the same to the caller.
 */
async function signInByPassword(clerk: Clerk, { email, password }: Credentials, caller: Caller): Promise<Session> {
  const user = await clerk.backend.findUser(email, caller.signal);
  if (!user) throw new Refusal('invalid_credentials', 'user-unknown');
  if (user.banned || user.locked) throw new Refusal('invalid_credentials', user.banned ? 'user-banned' : 'user-locked');
  await clerk.backend.verifyPassword(user.id, password, caller.signal).catch((error: unknown) => {
    throw error instanceof ClerkError ? new Refusal('invalid_credentials', passwordReason(error.code)) : error;
  });
  const organization = await tenantsOrganization(clerk, user.id, caller.signal);
  if (!organization && user.metadataTenant !== clerk.tenant) throw new Refusal('tenant_refused', 'tenant-mismatch');
  return signInByTicket(clerk, user.id, organization?.id ?? null, caller);
}

/** Signs a user in whose identity was proved otherwise. */
export async function signInByTicket(clerk: Clerk, userId: string, organizationId: string | null, caller: Caller): Promise<Session> {
  const ticket = await clerk.backend.createTicket(userId, organizationId, caller.signal);
  const attempt = await clerk.frontend.signInWithTicket(ticket, caller).catch((error: unknown) => {
    // We made the ticket a moment ago, so a refusal of it is no fault of the user.
    throw error instanceof ClerkError ? new Refusal('unavailable', error.code) : error;
  });
  return verifiedSession(clerk, await tokenOf(clerk, attempt, caller), caller);
}

/** The session token of a completed sign-in; another status (second factor, new password) is not ours to solve. */
export async function tokenOf(clerk: Clerk, attempt: Attempt, caller: Caller): Promise<ClientToken> {
  if (attempt.status !== 'complete' || !attempt.createdSessionId) {
    throw new Refusal('sign_in_incomplete', `sign-in-${attempt.status}`);
  }
  const { createdSessionId: sessionId, sessionJwt: jwt, clientJwt } = attempt;
  return jwt ? { sessionId, jwt, clientJwt } : clerk.frontend.createToken({ sessionId, clientJwt }, caller);
}

function passwordReason(code: string): string {
  return code === 'resource_not_found' ? 'user-unknown' : code;
}

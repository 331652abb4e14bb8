import type { Credentials } from '../http/body.ts';
import { Refusal } from '../http/refusal.ts';
import type { Clerk } from './clerk.ts';
import type { Caller } from './frontend-api.ts';
import { ClerkError } from './http.ts';
import type { Session } from './session.ts';
import { signInByTicket } from './sign-in.ts';

/** Bounds of a new password; Clerk has its own rules beside (strength, known from breaches). */
export const NEW_PASSWORD: [number, number] = [8, 128];

/**
 * Makes a user and its membership in the tenant's organization, then signs in.
 *
 * A user without the membership could neither sign in nor sign up again, so it is deleted again.
 * The address is not verified by this: turn on Clerk's verification at sign-up where that matters.
 */
export async function signUp(clerk: Clerk, { email, password }: Credentials, caller: Caller): Promise<Session> {
  const organization = await clerk.backend.organization(clerk.tenant, caller.signal).catch((error: unknown) => {
    throw error instanceof ClerkError ? new Refusal('unavailable', 'tenant-unknown') : error;
  });
  const userId = await clerk.backend.createUser(email, password, caller.signal).catch((error: unknown) => {
    throw error instanceof ClerkError ? refusalOf(error) : error;
  });
  try {
    await clerk.backend.addMember(organization.id, userId, caller.signal);
  } catch (error) {
    await deleteAgain(clerk, userId);
    throw error instanceof ClerkError ? new Refusal('unavailable', `membership-${error.code}`) : error;
  }
  return signInByTicket(clerk, userId, organization.id, caller);
}

/** With a limit of its own: the request's may have been used up by what failed. */
export async function deleteAgain(clerk: Clerk, userId: string): Promise<void> {
  await clerk.backend.deleteUser(userId, AbortSignal.timeout(5_000)).catch(clerk.onCleanUpFailed);
}

function refusalOf(error: ClerkError): Refusal {
  if (error.code === 'form_identifier_exists') return new Refusal('email_taken', 'email-taken');
  if (error.code.startsWith('form_password_')) {
    return new Refusal('password_refused', error.code, { detail: { code: error.code } });
  }
  if (error.parameter === 'email_address') return new Refusal('bad_request', 'email-malformed');
  return new Refusal('unavailable', error.code);
}

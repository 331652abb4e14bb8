import { Refusal } from '../http/refusal.ts';
import type { PublicSettings } from '../public-settings.ts';
import type { Clerk } from './clerk.ts';
import type { Attempt, Caller, ClientToken } from './frontend-api.ts';
import { ClerkError } from './http.ts';
import { sessionInTenant, type Session } from './session.ts';
import { tokenOf } from './sign-in.ts';
import { deleteAgain } from './sign-up.ts';

export type Provider = 'google' | 'facebook' | 'github';

const PROVIDERS: readonly { id: Provider; name: string }[] = [
  { id: 'google', name: 'Google' },
  { id: 'facebook', name: 'Facebook' },
  { id: 'github', name: 'GitHub' },
];

/**
 * The providers whose client id is set. The id itself is not used: with Clerk the credentials live
 * in its dashboard, and the provider redirects to https://<frontend api>/v1/oauth_callback.
 */
export function enabledProviders(clientIds: PublicSettings['socialClientIds']): { id: Provider; name: string }[] {
  return PROVIDERS.filter(({ id }) => clientIds[id] !== '');
}

/** Starts a sign-in: where to send the browser, and what to keep until it returns. */
export async function startSocial(clerk: Clerk, provider: Provider, callbackUrl: string, caller: Caller) {
  const attempt = await clerk.frontend.startSocial(`oauth_${provider}`, callbackUrl, caller).catch(settings);
  const { redirectUrl } = attempt.verification;
  if (!redirectUrl || !URL.canParse(redirectUrl) || new URL(redirectUrl).protocol !== 'https:') {
    throw new Refusal('unavailable', 'clerk-unreadable');
  }
  return { redirectUrl, state: `${attempt.id}.${attempt.clientJwt}` };
}

/** Ends the sign-in that startSocial began, when the provider has sent the browser back. */
export async function finishSocial(clerk: Clerk, state: string | null, nonce: string | null, caller: Caller): Promise<Session> {
  const match = /^(\w{1,64})\.([\w-]+\.[\w-]+\.[\w-]+)$/.exec(state ?? '');
  if (!match?.[1] || !match[2]) throw new Refusal('bad_request', 'social-state-missing');
  if (!nonce || nonce.length > 512) throw new Refusal('bad_request', 'social-nonce-missing');
  const attempt = await clerk.frontend.readSignIn(match[1], nonce, match[2], caller).catch((error: unknown) => {
    throw error instanceof ClerkError ? new Refusal('unauthenticated', error.code) : error;
  });
  if (attempt.verification.status === 'transferable') return signUpAndIn(clerk, attempt, caller);
  return intoTenant(clerk, await tokenOf(clerk, attempt, caller), caller);
}

/** The provider's user is new to Clerk. It is kept only if it is a member of the tenant (an invitation, a domain). */
async function signUpAndIn(clerk: Clerk, { clientJwt }: Attempt, caller: Caller): Promise<Session> {
  const attempt = await clerk.frontend.transferToSignUp(clientJwt, caller).catch((error: unknown) => {
    throw error instanceof ClerkError ? new Refusal('sign_in_incomplete', error.code) : error;
  });
  const token = await tokenOf(clerk, attempt, caller);
  try {
    return await intoTenant(clerk, token, caller);
  } catch (error) {
    if (attempt.createdUserId && error instanceof Refusal && error.code === 'tenant_refused') {
      await deleteAgain(clerk, attempt.createdUserId);
    }
    throw error;
  }
}

/** The session in the tenant; of a user of another tenant the session is ended. */
async function intoTenant(clerk: Clerk, token: ClientToken, caller: Caller): Promise<Session> {
  try {
    return await sessionInTenant(clerk, token, caller);
  } catch (error) {
    if (error instanceof Refusal && error.code === 'tenant_refused') {
      await clerk.backend.revokeSession(token.sessionId, AbortSignal.timeout(5_000)).catch(clerk.onCleanUpFailed);
    }
    throw error;
  }
}

/** Clerk refuses to start: the provider is off, or the callback is not allowed, in its dashboard. */
function settings(error: unknown): never {
  throw error instanceof ClerkError ? new Refusal('unavailable', `social-${error.code}`) : error;
}

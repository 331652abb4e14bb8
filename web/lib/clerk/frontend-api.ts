/**
 * Clerk's Frontend API, called as native clients do: client JWT in `Authorization`, no `Origin`.
 * Read in the sources of clerk/javascript packages/expo and packages/clerk-js; not tried against real Clerk.
 */
import { Refusal } from '../http/refusal.ts';
import type { Secret } from '../secrets/secret.ts';
import { keySet, type JsonWebKeySet } from './backend-api.ts';
import { CLERK_API_VERSION, callClerk, type Fetch } from './http.ts';
import { array, object, optionalText, text } from './shapes.ts';

/** Who asks: the request's time limit, and the user's address if it may be handed on. */
export type Caller = { signal: AbortSignal; clientAddress: string | null };

/** A session, with the client JWT that may have tokens for it: what a refresh token holds. */
export type ClientSession = { sessionId: string; clientJwt: string };

export type ClientToken = ClientSession & { jwt: string };

/** A sign-in or sign-up as it stands. */
export type Attempt = {
  id: string;
  status: string;
  clientJwt: string;
  createdSessionId: string | null;
  createdUserId: string | null;
  verification: { status: string | null; redirectUrl: string | null };
  sessionJwt: string | null;
};

type Options = {
  /** https://<host of the publishable key>. */
  baseUrl: string;
  fetch: Fetch;
  /** Clerk's documented proxy set-up, in which it believes the user's address that we name. */
  proxy: { url: string; secretKey: () => Promise<Secret> } | null;
};

/** Where a proxy set-up sends the Frontend API's requests. */
const PROXY_TARGET = 'https://frontend-api.clerk.dev';

export class FrontendApi {
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  signInWithTicket(ticket: string, caller: Caller): Promise<Attempt> {
    return this.#attempt('POST', '/v1/client/sign_ins', { strategy: 'ticket', ticket }, null, caller);
  }

  startSocial(strategy: string, redirectUrl: string, caller: Caller): Promise<Attempt> {
    return this.#attempt('POST', '/v1/client/sign_ins', { strategy, redirect_url: redirectUrl }, null, caller);
  }

  /** The sign-in after the provider's redirect; the nonce lets us read the client that the browser changed. */
  readSignIn(id: string, nonce: string, clientJwt: string, caller: Caller): Promise<Attempt> {
    const query = new URLSearchParams({ rotating_token_nonce: nonce });
    return this.#attempt('GET', `/v1/client/sign_ins/${encodeURIComponent(id)}?${query}`, null, clientJwt, caller);
  }

  /** Makes a user of a social sign-in that found none. Unverified: whether Clerk asks native clients for a captcha. */
  transferToSignUp(clientJwt: string, caller: Caller): Promise<Attempt> {
    return this.#attempt('POST', '/v1/client/sign_ups', { transfer: 'true' }, clientJwt, caller);
  }

  /** A new session token, in an organization if one is given. Throws ClerkError when the session or the client is no more. */
  async createToken({ sessionId, clientJwt }: ClientSession, caller: Caller, organizationId?: string): Promise<ClientToken> {
    const path = `/v1/client/sessions/${encodeURIComponent(sessionId)}/tokens`;
    const form = organizationId ? { organization_id: organizationId } : {};
    const answer = await this.#call('POST', path, form, clientJwt, caller);
    return { sessionId, jwt: text(object(answer.body).jwt), clientJwt: answer.clientJwt };
  }

  /** The public keys that browsers and other services see. */
  async keys(signal: AbortSignal): Promise<JsonWebKeySet> {
    const url = new URL('/.well-known/jwks.json', this.#options.baseUrl);
    return keySet((await callClerk(this.#options.fetch, { method: 'GET', url, headers: {}, signal })).body);
  }

  async #attempt(method: 'GET' | 'POST', path: string, form: Form, clientJwt: string | null, caller: Caller): Promise<Attempt> {
    const answer = await this.#call(method, path, form, clientJwt, caller);
    const response = object(object(answer.body).response);
    const verification = object(response.first_factor_verification ?? {});
    const createdSessionId = optionalText(response.created_session_id);
    return {
      id: text(response.id),
      status: text(response.status),
      clientJwt: answer.clientJwt,
      createdSessionId,
      createdUserId: optionalText(response.created_user_id),
      verification: {
        status: optionalText(verification.status),
        redirectUrl: optionalText(verification.external_verification_redirect_url),
      },
      sessionJwt: lastToken(object(answer.body).client, createdSessionId),
    };
  }

  async #call(method: 'GET' | 'POST', path: string, form: Form, clientJwt: string | null, caller: Caller) {
    const { baseUrl, fetch, proxy } = this.#options;
    const url = new URL(path, proxy ? PROXY_TARGET : baseUrl);
    url.searchParams.set('_is_native', '1');
    url.searchParams.set('__clerk_api_version', CLERK_API_VERSION);
    const headers: Record<string, string> = clientJwt ? { Authorization: clientJwt } : {};
    if (form) headers['Content-Type'] = 'application/x-www-form-urlencoded';
    if (proxy) {
      headers['Clerk-Proxy-Url'] = proxy.url;
      headers['Clerk-Secret-Key'] = (await proxy.secretKey()).reveal();
      if (caller.clientAddress) headers['X-Forwarded-For'] = caller.clientAddress;
    }
    const body = form ? { body: new URLSearchParams(form).toString() } : {};
    const answer = await callClerk(fetch, { method, url, headers, ...body, signal: caller.signal });
    const rotated = answer.headers.get('authorization')?.replace(/^Bearer /, '') || clientJwt;
    if (!rotated || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(rotated)) throw new Refusal('unavailable', 'clerk-unreadable');
    return { body: answer.body, clientJwt: rotated };
  }
}

type Form = Record<string, string> | null;

function lastToken(client: unknown, sessionId: string | null): string | null {
  if (typeof client !== 'object' || client === null || !sessionId) return null;
  const session = array((client as { sessions?: unknown }).sessions ?? [])
    .map(object)
    .find(({ id }) => id === sessionId);
  return session?.last_active_token ? optionalText(object(session.last_active_token).jwt) : null;
}

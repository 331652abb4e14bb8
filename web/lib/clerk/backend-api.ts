import { Refusal } from '../http/refusal.ts';
import type { Secrets } from '../secrets/document.ts';
import { callClerk, type Fetch } from './http.ts';
import { array, object, optionalText, text } from './shapes.ts';

export type User = { id: string; banned: boolean; locked: boolean; metadataTenant: string | null };
export type Organization = { id: string; slug: string | null };
export type JsonWebKeySet = ReadonlyMap<string, JsonWebKey>;

type Options = {
  apiUrl: string;
  fetch: Fetch;
  secrets: () => Promise<Secrets>;
  /** Told when Clerk refuses our key. */
  onKeyRefused: () => void;
};

/** The few calls of Clerk's Backend API (with the secret key) that the app makes. */
export class BackendApi {
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  async findUser(email: string, signal: AbortSignal): Promise<User | null> {
    const query = new URLSearchParams({ email_address: email, limit: '1' });
    const [first] = array(await this.#call('GET', `/users?${query}`, undefined, signal));
    if (first === undefined) return null;
    const user = object(first);
    return {
      id: text(user.id),
      banned: user.banned === true,
      locked: user.locked === true,
      metadataTenant: optionalText(object(user.public_metadata ?? {}).tenant),
    };
  }

  /** Throws ClerkError with code incorrect_password, no_password_set or resource_not_found. */
  async verifyPassword(userId: string, password: string, signal: AbortSignal): Promise<void> {
    await this.#call('POST', `/users/${part(userId)}/verify_password`, { password }, signal);
  }

  async organizationsOf(userId: string, signal: AbortSignal): Promise<Organization[]> {
    const body = await this.#call('GET', `/users/${part(userId)}/organization_memberships?limit=500`, undefined, signal);
    return array(object(body).data).map((membership) => organization(object(membership).organization));
  }

  /** A one-time ticket for a sign-in, good for a minute. */
  async createTicket(userId: string, organizationId: string | null, signal: AbortSignal): Promise<string> {
    const body = { user_id: userId, expires_in_seconds: 60, ...(organizationId ? { org_id: organizationId } : {}) };
    return text(object(await this.#call('POST', '/sign_in_tokens', body, signal)).token);
  }

  async createUser(email: string, password: string, signal: AbortSignal): Promise<string> {
    const body = { email_address: [email], password };
    return text(object(await this.#call('POST', '/users', body, signal)).id);
  }

  async deleteUser(userId: string, signal: AbortSignal): Promise<void> {
    await this.#call('DELETE', `/users/${part(userId)}`, undefined, signal);
  }

  /** An organization by its id or its slug. */
  async organization(idOrSlug: string, signal: AbortSignal): Promise<Organization> {
    return organization(await this.#call('GET', `/organizations/${part(idOrSlug)}`, undefined, signal));
  }

  async addMember(organizationId: string, userId: string, signal: AbortSignal): Promise<void> {
    const body = { user_id: userId, role: 'org:member' };
    await this.#call('POST', `/organizations/${part(organizationId)}/memberships`, body, signal);
  }

  async revokeSession(sessionId: string, signal: AbortSignal): Promise<void> {
    await this.#call('POST', `/sessions/${part(sessionId)}/revoke`, undefined, signal);
  }

  async keys(signal: AbortSignal): Promise<JsonWebKeySet> {
    return keySet(await this.#call('GET', '/jwks', undefined, signal));
  }

  async #call(method: 'GET' | 'POST' | 'DELETE', path: string, body: object | undefined, signal: AbortSignal) {
    const { apiUrl, fetch, secrets, onKeyRefused } = this.#options;
    const { secretKey } = await secrets();
    try {
      const answer = await callClerk(fetch, {
        method,
        url: new URL(`${apiUrl.replace(/\/+$/, '')}/v1${path}`),
        headers: {
          Authorization: `Bearer ${secretKey.reveal()}`,
          ...(body ? { 'Content-Type': 'application/json' } : {}),
        },
        ...(body ? { body: JSON.stringify(body) } : {}),
        signal,
      });
      return answer.body;
    } catch (error) {
      if (error instanceof Refusal && error.reason === 'clerk_key_invalid') onKeyRefused();
      throw error;
    }
  }
}

export function keySet(body: unknown): JsonWebKeySet {
  const keys = array(object(body).keys).map((key) => object(key) as JsonWebKey & { kid?: unknown });
  return new Map(keys.map((key) => [text(key.kid), key]));
}

function organization(value: unknown): Organization {
  const { id, slug } = object(value);
  return { id: text(id), slug: optionalText(slug) };
}

function part(id: string): string {
  return encodeURIComponent(id);
}

import { decodeJwt, verifyJwt } from '@clerk/backend/jwt';
import { Refusal } from '../http/refusal.ts';
import type { Secrets } from '../secrets/document.ts';
import type { KeyCache } from './keys.ts';
import { tenantOfClaims, type Tenant } from './tenant.ts';

export type Identity = Readonly<{ userId: string; sessionId: string; issuedAt: number; expiresAt: number; tenant: Tenant | null }>;

type Options = {
  keys: KeyCache;
  secrets: () => Promise<Secrets>;
  issuers: readonly string[];
  /** Our origins: a token that a browser got (`azp`) for another site of the instance is not for us. */
  origins: readonly string[];
  now: () => number;
};

const SKEW_MS = 5_000;

/** Verifies session tokens, also the issuer, pending sessions and foreign origins, which @clerk/backend leaves alone. */
export class TokenVerifier {
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  async verify(token: string, signal: AbortSignal): Promise<Identity> {
    const kid = this.#precheck(token);
    const { jwtKey } = await this.#options.secrets();
    const key = jwtKey ?? (await this.#options.keys.find(kid, signal));
    if (!key) throw refused('jwk-kid-mismatch');
    const claims = await verifyJwt(token, { key, clockSkewInMs: SKEW_MS }).catch((error: unknown) => {
      throw refusalOf(error, jwtKey !== null);
    });
    if (!this.#options.issuers.includes(claims.iss)) throw refused('token-issuer');
    if ((claims as { sts?: unknown }).sts === 'pending') throw refused('session-pending');
    if (claims.azp && !this.#options.origins.includes(claims.azp)) throw refused('token-invalid-authorized-parties');
    if (typeof claims.sid !== 'string' || typeof claims.iat !== 'number') throw refused('token-invalid');
    return {
      userId: claims.sub,
      sessionId: claims.sid,
      issuedAt: claims.iat,
      expiresAt: claims.exp,
      tenant: tenantOfClaims(claims),
    };
  }

  /** Refuses without a key what can never be valid; gives the key's id. */
  #precheck(token: string): string {
    let decoded: { header: { kid?: unknown; alg?: unknown }; payload: { exp?: unknown } };
    try {
      if (token.length > 8192) throw refused('token-invalid');
      decoded = decodeJwt(token);
    } catch {
      throw refused('token-invalid');
    }
    // `null` is JSON too, and the package reads a property of it.
    const { kid, alg } = decoded.header ?? {};
    const { exp } = decoded.payload ?? {};
    if (alg !== 'RS256' || typeof kid !== 'string' || !/^[\w-]{1,64}$/.test(kid)) throw refused('token-invalid');
    if (typeof exp !== 'number' || !Number.isFinite(exp)) throw refused('token-invalid');
    if (exp * 1000 <= this.#options.now() - SKEW_MS) throw refused('token-expired');
    return kid;
  }
}

/** Reasons that are the caller's fault; every other failure is ours or Clerk's. */
const CALLERS_REASONS: ReadonlySet<string> = new Set([
  'token-expired',
  'token-invalid',
  'token-invalid-algorithm',
  'token-invalid-signature',
  'token-not-active-yet',
  'token-iat-in-the-future',
]);

function refusalOf(error: unknown, ownKey: boolean): Refusal {
  const reason = (error as { reason?: unknown } | null)?.reason;
  if (typeof reason === 'string' && CALLERS_REASONS.has(reason)) return refused(reason);
  // What is left is a key that cannot be read, or a bare TypeError of the package.
  return new Refusal('unavailable', ownKey ? 'jwt-key-malformed' : 'verification-failed');
}

function refused(reason: string): Refusal {
  return new Refusal('unauthenticated', reason);
}

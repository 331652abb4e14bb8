import { AUTHENTICATION } from './authentication.ts';
import type { BackendApi, JsonWebKeySet } from './clerk/backend-api.ts';
import type { FrontendApi } from './clerk/frontend-api.ts';
import { ClerkError } from './clerk/http.ts';
import { Refusal } from './http/refusal.ts';
import { SecretProblem, type Secrets } from './secrets/document.ts';
import type { Release } from './server-settings.ts';

type Options = {
  secrets: () => Promise<Secrets>;
  backend: Pick<BackendApi, 'keys'>;
  frontend: Pick<FrontendApi, 'keys'>;
  publishableKey: string;
  trustEdge: boolean;
  release: Release;
  now: () => number;
};

export type Report = Release & {
  status: 'ok' | 'fail';
  authentication: typeof AUTHENTICATION;
  checks: { secret: string; instance: string; tokens: string };
};

/** How long an answer about the Clerk instance holds: one found right is asked again seldom. */
const FRESH_MS: Readonly<Record<string, number>> = { ok: 5 * 60_000, unknown: 10_000 };
const WRONG_MS = 30_000;
const CHECK_MS = 4_000;

/**
 * Is this release able to work? Fails without the secret, with the secret of another Clerk instance
 * than the publishable key's, and without the edge's tokens where they are demanded.
 *
 * With Clerk down the instance is "unknown": what was right before stays healthy, or Clerk's outage
 * would take all copies of the app out of service.
 */
export class Health {
  readonly #options: Options;
  #instance = { key: '', result: 'unknown', at: -Infinity };
  #wasRight = '';
  #checking: Promise<void> | null = null;

  constructor(options: Options) {
    this.#options = options;
  }

  async report(): Promise<Report> {
    const { secrets, trustEdge, release } = this.#options;
    try {
      const found = await secrets();
      const instance = await this.#instanceOf(found);
      const tokens = !trustEdge || found.tokens.origin.length > 0 ? 'ok' : 'tokens-missing';
      const right = instance === 'ok' || (instance === 'unknown' && this.#wasRight === found.secretKey.reveal());
      const status = right && tokens === 'ok' ? 'ok' : 'fail';
      return { status, ...release, authentication: AUTHENTICATION, checks: { secret: 'ok', instance, tokens } };
    } catch (error) {
      const secret = error instanceof SecretProblem ? error.reason : 'secret-unreadable';
      const checks = { secret, instance: 'unknown', tokens: 'unknown' };
      return { status: 'fail', ...release, authentication: AUTHENTICATION, checks };
    }
  }

  async #instanceOf({ secretKey }: Secrets): Promise<string> {
    const key = secretKey.reveal();
    if (this.#options.publishableKey.split('_')[1] !== key.split('_')[1]) return 'instance-mismatch';
    const { result, at } = this.#instance;
    const known = this.#instance.key === key;
    if (known && this.#options.now() - at < (FRESH_MS[result] ?? WRONG_MS)) return result;
    this.#checking ??= this.#check(key).finally(() => {
      this.#checking = null;
    });
    // What was right a moment ago is answered at once and looked at in the background.
    if (known && result === 'ok') return 'ok';
    await this.#checking;
    return this.#instance.result;
  }

  async #check(key: string): Promise<void> {
    const { backend, frontend, now } = this.#options;
    const signal = AbortSignal.timeout(CHECK_MS);
    const [ours, published] = await Promise.all([outcome(backend.keys(signal)), outcome(frontend.keys(signal))]);
    const result = compare(ours, published);
    if (result === 'ok') this.#wasRight = key;
    this.#instance = { key, result, at: now() };
  }
}

function compare(ours: JsonWebKeySet | string, published: JsonWebKeySet | string): string {
  if (typeof ours === 'string') return ours;
  if (typeof published === 'string') return published;
  return [...ours.keys()].some((kid) => published.has(kid)) ? 'ok' : 'instance-mismatch';
}

async function outcome(keys: Promise<JsonWebKeySet>): Promise<JsonWebKeySet | string> {
  return keys.catch((error: unknown) => {
    if (error instanceof Refusal && error.reason === 'clerk_key_invalid') return 'secret-refused';
    return error instanceof ClerkError ? 'publishable-key-refused' : 'unknown';
  });
}

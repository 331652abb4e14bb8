import type { JsonWebKeySet } from './backend-api.ts';

type Options = { load: (signal: AbortSignal) => Promise<JsonWebKeySet>; now: () => number };

const FRESH_MS = 5 * 60_000;
/** An unknown key id may be a rotated key; but anybody can send one, so it asks Clerk seldom. */
const UNKNOWN_MS = 30_000;

/**
 * Clerk's public keys. Old ones are used for as long as no newer ones can be had: with Clerk down,
 * signed-in users stay signed in. (@clerk/backend's own cache drops them after five minutes, and
 * asks Clerk for every unknown key id.)
 */
export class KeyCache {
  readonly #options: Options;
  #keys: JsonWebKeySet | null = null;
  #loadedAt = -Infinity;
  #askedAt = -Infinity;
  #loading: Promise<JsonWebKeySet> | null = null;

  constructor(options: Options) {
    this.#options = options;
  }

  /** The key of this id, or null when Clerk has none of it. Throws Refusal when Clerk was needed and did not answer. */
  async find(kid: string, signal: AbortSignal): Promise<JsonWebKey | null> {
    const { now } = this.#options;
    if (!this.#keys) return (await this.#load(signal)).get(kid) ?? null;
    const known = this.#keys.get(kid);
    if (known) {
      // Its own limit: the request that happened to find the keys old does not wait for the new ones.
      if (now() - this.#loadedAt > FRESH_MS && now() - this.#askedAt > UNKNOWN_MS) {
        void this.#load(AbortSignal.timeout(10_000)).catch(() => undefined);
      }
      return known;
    }
    if (now() - this.#askedAt <= UNKNOWN_MS) return null;
    return (await this.#load(signal)).get(kid) ?? null;
  }

  #load(signal: AbortSignal): Promise<JsonWebKeySet> {
    this.#askedAt = this.#options.now();
    this.#loading ??= this.#options
      .load(signal)
      .then((keys) => {
        this.#loadedAt = this.#options.now();
        return (this.#keys = keys);
      })
      .finally(() => {
        this.#loading = null;
      });
    return this.#loading;
  }
}

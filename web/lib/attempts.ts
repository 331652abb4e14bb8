type Options = { limit: number; windowMs: number; maximumKeys: number; now: () => number };
type Window = { count: number; endsAt: number };

/**
 * Attempts per key in a window, in this process's memory: a small brake on guessing passwords.
 * Signing in by a ticket probably bypasses Clerk's own lockout. Addresses are limited by the edge's
 * firewall, or by http/address-limit.ts where the edge has none.
 */
export class Attempts {
  readonly #options: Options;
  readonly #windows = new Map<string, Window>();

  constructor(options: Options) {
    this.#options = options;
  }

  /** Counts one attempt, before it is made, so that parallel ones count too. Gives the seconds to wait, or null. */
  take(key: string): number | null {
    const { limit, windowMs, now } = this.#options;
    const window = this.#windows.get(key);
    if (!window || window.endsAt <= now()) {
      this.#windows.delete(key);
      this.#windows.set(key, { count: 1, endsAt: now() + windowMs });
      this.#evict();
      return null;
    }
    if (window.count >= limit) return Math.max(1, Math.ceil((window.endsAt - now()) / 1000));
    window.count++;
    return null;
  }

  /** The attempt was right: the key starts anew. */
  succeed(key: string): void {
    this.#windows.delete(key);
  }

  /** The attempt said nothing (Clerk did not answer): it does not count. */
  giveBack(key: string): void {
    const window = this.#windows.get(key);
    if (window && window.count > 0) window.count--;
  }

  #evict(): void {
    while (this.#windows.size > this.#options.maximumKeys) {
      const oldest = this.#windows.keys().next().value;
      if (oldest === undefined) return;
      this.#windows.delete(oldest);
    }
  }
}

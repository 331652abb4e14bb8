/** The signed-in user's access token, in memory only: the refresh token is a cookie that no script can read. */

type Fetch = (input: string, init?: RequestInit) => Promise<Response>;
type Lock = <T>(work: () => Promise<T>) => Promise<T>;
type Options = { fetch: Fetch; now: () => number; lock: Lock };

/** Nobody is signed in, or nobody of this tenant (the code says so); the page leads to the sign-in. */
export class SignedOut extends Error {
  readonly code: string;

  constructor(code: string) {
    super('Signed out');
    this.name = 'SignedOut';
    this.code = code;
  }
}

/** A new token is fetched this long before the old one ends, so that none ends on its way. */
const EARLY_MS = 10_000;

export class BrowserSession {
  readonly #options: Options;
  #token: { value: string; endsAt: number } | null = null;
  #refreshing: Promise<string> | null = null;

  constructor(options: Options) {
    this.#options = options;
  }

  /** A token that is good for some seconds at least. Throws SignedOut, or Error when the server cannot tell. */
  async token(): Promise<string> {
    if (this.#token && this.#options.now() < this.#token.endsAt - EARLY_MS) return this.#token.value;
    return this.refresh();
  }

  /** One refresh at a time, whoever asks: the refresh token rotates. */
  refresh(): Promise<string> {
    this.#refreshing ??= this.#options
      .lock(() => this.#refresh())
      .finally(() => {
        this.#refreshing = null;
      });
    return this.#refreshing;
  }

  async #refresh(): Promise<string> {
    const { fetch, now } = this.#options;
    this.#token = null;
    const response = await fetch('/api/auth/refresh', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Client': 'browser' },
      body: '{}',
    });
    if (response.status === 401) throw new SignedOut('');
    if (response.status === 403) throw new SignedOut('tenant_refused');
    if (!response.ok) throw new Error(`Refresh answered ${response.status}`);
    const { accessToken, expiresIn } = (await response.json()) as { accessToken: string; expiresIn: number };
    this.#token = { value: accessToken, endsAt: now() + expiresIn * 1000 };
    return accessToken;
  }
}

/** The tabs of a browser share the cookie, so they refresh one after the other. */
export const acrossTabs: Lock = (work) =>
  globalThis.navigator?.locks ? (navigator.locks.request('clerk-deploy-refresh', work) as ReturnType<typeof work>) : work();

import type { BrowserSession } from './session.ts';

type Fetch = (input: string, init?: RequestInit) => Promise<Response>;
type Options = { baseUrl: string; tenant: string; session: Pick<BrowserSession, 'token' | 'refresh'>; fetch: Fetch };

/** What a call site may say. Not headers: tenant and token are this client's business alone. */
export type ApiRequest = { method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'; body?: unknown; signal?: AbortSignal };

/** The backend said no, or cannot be reached (status 0). */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number) {
    super(status === 0 ? 'The backend cannot be reached' : `The backend answered ${status}`);
    this.name = 'ApiError';
    this.status = status;
  }
}

/**
 * Calls the backend with the user's token and this deployment's tenant. The backend takes the tenant
 * from the token's verified claims, and refuses when the header differs.
 */
export class ApiClient {
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  async request<T>(path: string, { method = 'GET', body, signal }: ApiRequest = {}): Promise<T> {
    const { session } = this.#options;
    let response = await this.#send(path, method, body, signal, await session.token());
    // The token may have been revoked or have ended on its way: once more, with a new one.
    if (response.status === 401) response = await this.#send(path, method, body, signal, await session.refresh());
    if (!response.ok) throw new ApiError(response.status);
    return (response.status === 204 ? undefined : await response.json()) as T;
  }

  async #send(path: string, method: string, body: unknown, signal: AbortSignal | undefined, token: string): Promise<Response> {
    const { baseUrl, tenant, fetch } = this.#options;
    const headers: Record<string, string> = { Authorization: `Bearer ${token}`, 'X-Tenant-ID': tenant };
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    const init: RequestInit = { method, headers, credentials: 'omit', redirect: 'error' };
    if (body !== undefined) init.body = JSON.stringify(body);
    if (signal) init.signal = signal;
    try {
      return await fetch(this.#url(baseUrl, path), init);
    } catch {
      throw new ApiError(0);
    }
  }

  /** The token goes to the backend only: a path that leads to another origin is a mistake of the call site. */
  #url(baseUrl: string, path: string): string {
    const url = new URL(baseUrl.replace(/\/+$/, '') + path);
    if (!path.startsWith('/') || url.origin !== new URL(baseUrl).origin) throw new TypeError(`Not a path of the backend: ${path}`);
    return url.href;
  }
}

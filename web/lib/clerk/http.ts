/**
 * One HTTP call to Clerk with a time limit of our own.
 *
 * Not @clerk/backend's client: its fetch takes no signal, so a hanging Clerk would keep every
 * request's socket open long after the request was answered. Tokens are verified by that package.
 */
import { BrandedError } from '../branded-error.ts';
import { Refusal } from '../http/refusal.ts';

export type Fetch = typeof globalThis.fetch;

/** Clerk understood the request and said no (a 4xx that is the caller's business). */
export class ClerkError extends BrandedError {
  static override readonly brand = 'ClerkError';
  readonly status: number;
  readonly code: string;
  readonly parameter: string | null;

  constructor(status: number, code: string, parameter: string | null) {
    super(code);
    this.status = status;
    this.code = code;
    this.parameter = parameter;
  }
}

export type Call = {
  method: 'GET' | 'POST' | 'DELETE';
  url: URL;
  headers: Record<string, string>;
  body?: string | URLSearchParams;
  /** The whole request's own limit. */
  signal: AbortSignal;
};

const CALL_MS = 5_000;

export const CLERK_API_VERSION = '2026-05-12';

/** Codes that say that our set-up is wrong, though the status is a 4xx: never the user's fault. */
const SETUP_CODES: ReadonlySet<string> = new Set([
  'clerk_key_invalid',
  'authorization_header_format_invalid',
  'origin_authorization_headers_conflict',
  'dev_browser_unauthenticated',
  'native_api_disabled',
  'host_invalid',
  'proxy_request_missing_secret_key',
  'proxy_request_invalid_secret_key',
]);

/**
 * Clerk's JSON answer and headers.
 *
 * Throws ClerkError for a refusal by Clerk, and Refusal (unavailable, rate_limited) for all that
 * says nothing about the user.
 */
export async function callClerk(fetch: Fetch, call: Call): Promise<{ body: unknown; headers: Headers }> {
  const response = await send(fetch, call);
  let body: unknown;
  try {
    body = await response.json();
  } catch (error) {
    throw timedOut(error, call.signal) ? unavailable('clerk-timeout') : unavailable('clerk-unreadable');
  }
  if (response.ok) return { body, headers: response.headers };
  throw refusalOf(response, body);
}

async function send(fetch: Fetch, call: Call): Promise<Response> {
  const { method, url, headers, body, signal } = call;
  // A kept-alive connection may have been closed meanwhile: what changes nothing is tried once more.
  for (let triesLeft = method === 'GET' ? 1 : 0; ; triesLeft--) {
    try {
      return await fetch(url, {
        method,
        headers: { 'Clerk-API-Version': CLERK_API_VERSION, ...headers },
        ...(body === undefined ? {} : { body }),
        redirect: 'error',
        cache: 'no-store',
        signal: AbortSignal.any([signal, AbortSignal.timeout(CALL_MS)]),
      });
    } catch (error) {
      if (timedOut(error, signal)) throw unavailable('clerk-timeout');
      if (triesLeft === 0) throw unavailable('clerk-unreachable');
    }
  }
}

function timedOut(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted || (error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError'));
}

function unavailable(reason: string): Refusal {
  return new Refusal('unavailable', reason);
}

function refusalOf(response: Response, body: unknown): Refusal | ClerkError {
  const first = (body as { errors?: { code?: unknown; meta?: { param_name?: unknown } }[] } | null)?.errors?.[0];
  const code = typeof first?.code === 'string' ? first.code : 'unknown';
  if (response.status === 429) {
    return new Refusal('rate_limited', 'clerk-rate-limited', { retryAfter: Number(response.headers.get('retry-after')) || 10 });
  }
  if (response.status >= 500) return unavailable('clerk-unreachable');
  if (SETUP_CODES.has(code)) return unavailable(code);
  const parameter = first?.meta?.param_name;
  return new ClerkError(response.status, code, typeof parameter === 'string' ? parameter : null);
}

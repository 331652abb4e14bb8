/** Security headers of documents and API. HSTS is the edge's: only it knows that everything is HTTPS. */

type Header = { key: string; value: string };

export const HEADERS: readonly Header[] = [
  { key: 'X-Content-Type-Options', value: 'nosniff' },
  { key: 'Referrer-Policy', value: 'strict-origin-when-cross-origin' },
  { key: 'Permissions-Policy', value: 'camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()' },
  { key: 'X-Frame-Options', value: 'DENY' },
];

/** An answer of the API is data: nothing in it may run, and nobody may frame it. */
export const API_HEADERS: readonly Header[] = [
  { key: 'Cache-Control', value: 'private, no-cache, no-store, must-revalidate' },
  { key: 'Content-Security-Policy', value: "default-src 'none'; frame-ancestors 'none'" },
];

type PolicyOptions = { nonce: string; clerkHost: string | null; apiBaseUrl: string; development: boolean };

/**
 * The policy of a page. A script runs if it carries the request's nonce (Next puts it on its inline
 * bootstrap) or comes from ourselves or from Clerk, which ClerkJS needs if you add its components;
 * their styles carry the nonce that ClerkProvider is given.
 */
export function contentSecurityPolicy({ nonce, clerkHost, apiBaseUrl, development }: PolicyOptions): string {
  const clerk = clerkHost ? `https://${clerkHost}` : '';
  const api = URL.canParse(apiBaseUrl) ? new URL(apiBaseUrl).origin : '';
  const challenges = 'https://challenges.cloudflare.com';
  const policy: Record<string, string[]> = {
    'default-src': ["'self'"],
    // React's development build evaluates code for its error overlay.
    'script-src': ["'self'", `'nonce-${nonce}'`, clerk, challenges, development ? "'unsafe-eval'" : ''],
    'style-src': ["'self'", development ? "'unsafe-inline'" : `'nonce-${nonce}'`],
    'img-src': ["'self'", 'https://img.clerk.com', 'data:'],
    'connect-src': ["'self'", clerk, api, development ? 'ws:' : ''],
    'worker-src': ["'self'", 'blob:'],
    'frame-src': ["'self'", challenges],
    'form-action': ["'self'"],
    'base-uri': ["'none'"],
    'object-src': ["'none'"],
    'frame-ancestors': ["'none'"],
  };
  return Object.entries(policy)
    .map(([directive, sources]) => [directive, ...sources.filter(Boolean)].join(' '))
    .join('; ');
}

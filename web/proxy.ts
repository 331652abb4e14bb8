import { NextResponse, type NextRequest } from 'next/server';
import { frontendApiHost } from '#lib/clerk/publishable-key.ts';
import { cameThroughEdge } from '#lib/http/edge.ts';
import { contentSecurityPolicy } from '#lib/http/security-headers.ts';
import { server } from '#lib/server.ts';

/** Every page: its Content-Security-Policy with a fresh nonce, and noindex for who did not come through the edge. */
export async function proxy(request: NextRequest): Promise<NextResponse> {
  // No page takes a form, so Next must not look for a server action in one.
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return new NextResponse('Method not allowed', { status: 405, headers: { Allow: 'GET, HEAD' } });
  }
  const { publicSettings } = server();
  const policy = contentSecurityPolicy({
    nonce: btoa(crypto.randomUUID()),
    clerkHost: frontendApiHost(publicSettings.publishableKey),
    apiBaseUrl: publicSettings.apiBaseUrl,
    development: process.env.NODE_ENV === 'development',
  });
  // Next reads the nonce from the request's header, and puts it on its scripts.
  const headers = new Headers(request.headers);
  headers.set('Content-Security-Policy', policy);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set('Content-Security-Policy', policy);
  if (await isPastEdge(request.headers)) response.headers.set('X-Robots-Tag', 'noindex');
  return response;
}

async function isPastEdge(headers: Headers): Promise<boolean> {
  const { settings, secrets } = server();
  if (!settings.trustEdge) return false;
  const accepted = await secrets.get().then(({ tokens }) => tokens.origin, () => []);
  return !cameThroughEdge(headers, accepted);
}

export const config = {
  matcher: ['/((?!api/|api$|_next/static/|favicon\\.svg$|robots\\.txt$).*)'],
};

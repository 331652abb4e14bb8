import { clerkMiddleware, createRouteMatcher } from '@clerk/nextjs/server';
import { NextRequest, NextResponse, type NextFetchEvent } from 'next/server';
import { frontendApiHost } from '#lib/clerk/publishable-key.ts';
import { CLEARED_REFRESH_COOKIE } from '#lib/http/cookie.ts';
import { cameThroughEdge } from '#lib/http/edge.ts';
import { contentSecurityPolicy } from '#lib/http/security-headers.ts';
import { server } from '#lib/server.ts';

const isProtected = createRouteMatcher(['/protected(.*)']);

/** Every page: Clerk's middleware, and what the proxy of the other app does (policy with a nonce, noindex). */
export async function proxy(request: NextRequest, event: NextFetchEvent) {
  // No page takes a form. The one server action is Clerk's own: it forgets cached pages when the user changes.
  if (request.method !== 'GET' && request.method !== 'HEAD' && !request.headers.has('Next-Action')) {
    return new NextResponse('Method not allowed', { status: 405, headers: { Allow: 'GET, HEAD' } });
  }
  const { secrets, origins, publicSettings } = server();
  const { secretKey, jwtKey } = await secrets.get();
  const withClerk = clerkMiddleware(
    async (auth, received) => {
      if (isProtected(received)) await auth.protect();
      return page(received);
    },
    {
      publishableKey: publicSettings.publishableKey,
      secretKey: secretKey.reveal(),
      ...(jwtKey ? { jwtKey } : {}),
      authorizedParties: [...origins],
      signInUrl: '/sign-in',
      signUpUrl: '/sign-up',
    },
  );
  return withClerk(atPublicAddress(request), event);
}

/** The request as the user sent it: behind the edge its host is the slot's, and Clerk would redirect there. */
function atPublicAddress(request: NextRequest): NextRequest {
  const { appUrl } = server().publicSettings;
  if (!URL.canParse(appUrl)) return request;
  const { host, protocol } = new URL(appUrl);
  const headers = new Headers(request.headers);
  headers.set('X-Forwarded-Host', host);
  headers.set('X-Forwarded-Proto', protocol.slice(0, -1));
  return new NextRequest(request, { headers });
}

async function page(request: NextRequest): Promise<NextResponse> {
  const { publicSettings } = server();
  const policy = contentSecurityPolicy({
    nonce: btoa(crypto.randomUUID()),
    clerkHost: frontendApiHost(publicSettings.publishableKey),
    apiBaseUrl: publicSettings.apiBaseUrl,
    development: process.env.NODE_ENV === 'development',
  });
  // Next and Clerk read the nonce from the request's header, and put it on their scripts.
  const headers = new Headers(request.headers);
  headers.set('Content-Security-Policy', policy);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set('Content-Security-Policy', policy);
  // Who signs out means the other app's session too, which a rollback would bring back.
  if (request.nextUrl.pathname === '/sign-out') response.headers.append('Set-Cookie', CLEARED_REFRESH_COOKIE);
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

import { ClerkProvider, UserButton } from '@clerk/nextjs';
import type { Metadata, Viewport } from 'next';
import { headers } from 'next/headers';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { publicSettings } from '#lib/public-settings.ts';
import './globals.css';

export const metadata: Metadata = {
  title: { default: 'Reference app', template: '%s · Reference app' },
  description: 'Next.js with Clerk’s own components',
  icons: { icon: '/favicon.svg' },
};

export const viewport: Viewport = { colorScheme: 'light dark' };

/** Rendered per request, so that every script carries the request's nonce (proxy.ts). */
export const dynamic = 'force-dynamic';

export default async function Layout({ children }: { children: ReactNode }) {
  const nonce = /'nonce-([^']+)'/.exec((await headers()).get('Content-Security-Policy') ?? '')?.[1];
  return (
    <ClerkProvider
      {...(nonce ? { nonce } : {})}
      publishableKey={publicSettings.publishableKey}
      signInUrl="/sign-in"
      signUpUrl="/sign-up"
      signInFallbackRedirectUrl="/protected"
      signUpFallbackRedirectUrl="/protected"
      afterSignOutUrl="/sign-out"
    >
      <html lang="en">
        <body>
          <a className="skip" href="#content">Skip to content</a>
          <header>
            <nav aria-label="Main">
              <Link href="/" prefetch={false}>Reference app</Link>
              <Link href="/protected" prefetch={false}>Documents</Link>
              <Link href="/sign-in" prefetch={false}>Sign in</Link>
              <Link href="/sign-up" prefetch={false}>Sign up</Link>
              <Link href="/sign-out" prefetch={false}>Sign out</Link>
              <UserButton />
            </nav>
          </header>
          <main id="content">{children}</main>
        </body>
      </html>
    </ClerkProvider>
  );
}

import { Refusal } from './refusal.ts';

/** The app's own origins: NEXT_PUBLIC_APP_URL's, and the same with or without www. */
export function appOrigins(appUrl: string): readonly string[] {
  if (!URL.canParse(appUrl)) return [];
  const url = new URL(appUrl);
  const port = url.port ? `:${url.port}` : '';
  const twin = url.hostname.startsWith('www.') ? url.hostname.slice(4) : `www.${url.hostname}`;
  return [url.origin, `${url.protocol}//${twin}${port}`];
}

/** A browser sends a cookie by itself, so a request that relies on one must come from our own pages. */
export function demandOwnOrigin(headers: Headers, origins: readonly string[]): void {
  const origin = headers.get('origin');
  if (!origin || !origins.includes(origin)) throw new Refusal('origin_refused', 'foreign-origin');
}

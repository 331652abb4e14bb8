/**
 * The two cookies of the app. `__Host-` makes browsers demand Secure, Path=/ and no Domain, so a
 * subdomain can neither read nor plant them.
 */
export const REFRESH_COOKIE = '__Host-refresh';
export const SOCIAL_COOKIE = '__Host-social';

/** Clerk's default session lifetime; Clerk decides in the end, this only lets a browser restart keep it. */
const REFRESH_SECONDS = 7 * 24 * 3600;
const SOCIAL_SECONDS = 600;

export function refreshCookie(refreshToken: string): string {
  return `${REFRESH_COOKIE}=${refreshToken}; Path=/; Max-Age=${REFRESH_SECONDS}; HttpOnly; Secure; SameSite=Strict`;
}

export const CLEARED_REFRESH_COOKIE = `${REFRESH_COOKIE}=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict`;

/** Lax, not Strict: the provider's redirect back to the callback comes from another site. */
export function socialCookie(value: string): string {
  return `${SOCIAL_COOKIE}=${value}; Path=/; Max-Age=${SOCIAL_SECONDS}; HttpOnly; Secure; SameSite=Lax`;
}

export const CLEARED_SOCIAL_COOKIE = `${SOCIAL_COOKIE}=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax`;

/** A cookie's value; null when it is absent, empty, or sent twice (one of the two was planted). */
export function readCookie(headers: Headers, name: string): string | null {
  const values = (headers.get('cookie') ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  return values.length === 1 && values[0] ? values[0] : null;
}

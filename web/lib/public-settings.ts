/**
 * What the browser may know. Each name is written out, because Next replaces `process.env.NAME` in
 * the source text at build time; a value given at run time is ignored.
 */
export const publicSettings = Object.freeze({
  publishableKey: process.env.NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY ?? '',
  apiBaseUrl: process.env.NEXT_PUBLIC_API_BASE_URL ?? '',
  tenant: process.env.NEXT_PUBLIC_TENANT_ID ?? '',
  appUrl: (process.env.NEXT_PUBLIC_APP_URL ?? '').replace(/\/+$/, ''),
  clerkProxyUrl: process.env.NEXT_PUBLIC_CLERK_PROXY_URL ?? '',
  socialClientIds: Object.freeze({
    google: process.env.NEXT_PUBLIC_GOOGLE_CLIENT_ID ?? '',
    facebook: process.env.NEXT_PUBLIC_FACEBOOK_APP_ID ?? '',
    github: process.env.NEXT_PUBLIC_GITHUB_CLIENT_ID ?? '',
  }),
});

export type PublicSettings = typeof publicSettings;

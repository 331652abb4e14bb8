/** The Frontend API's host that a publishable key holds (`pk_live_` + unpadded base64 of `host$`), or null. */
export function frontendApiHost(publishableKey: string): string | null {
  const encoded = /^pk_(?:live|test)_([A-Za-z0-9+/]+={0,2})$/.exec(publishableKey)?.[1];
  if (!encoded) return null;
  const host = Buffer.from(encoded, 'base64').toString('latin1');
  return /^[a-z0-9.-]+\.[a-z0-9-]+(:\d+)?\$$/i.test(host) ? host.slice(0, -1) : null;
}

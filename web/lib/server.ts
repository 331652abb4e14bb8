import { Attempts } from './attempts.ts';
import { BackendApi } from './clerk/backend-api.ts';
import type { Clerk } from './clerk/clerk.ts';
import { FrontendApi } from './clerk/frontend-api.ts';
import type { Fetch } from './clerk/http.ts';
import { KeyCache } from './clerk/keys.ts';
import { frontendApiHost } from './clerk/publishable-key.ts';
import { TokenVerifier } from './clerk/tokens.ts';
import { Health } from './health.ts';
import { appOrigins } from './http/origin.ts';
import { createLog, type Log } from './log.ts';
import { publicSettings, type PublicSettings } from './public-settings.ts';
import { readSecrets } from './secrets/source.ts';
import { SecretStore } from './secrets/store.ts';
import { readServerSettings, type ServerSettings } from './server-settings.ts';

/** All that lives as long as the process, put together in one place. */
export type Server = Readonly<{
  settings: ServerSettings;
  publicSettings: PublicSettings;
  origins: readonly string[];
  log: Log;
  secrets: SecretStore;
  clerk: Clerk;
  attempts: Attempts;
  /** By address; null where a firewall in front counts. */
  authRequests: Attempts | null;
  health: Health;
  now: () => number;
}>;

export type Parts = {
  environment: Readonly<Record<string, string | undefined>>;
  publicSettings: PublicSettings;
  fetch: Fetch;
  now: () => number;
  write: (text: string) => void;
  sleep: (milliseconds: number) => Promise<void>;
};

const PER_5_MINUTES = { windowMs: 5 * 60_000, maximumKeys: 10_000 };

export function createServer(parts: Parts): Server {
  const { environment, fetch, now } = parts;
  const settings = readServerSettings(environment);
  const { publishableKey, appUrl, clerkProxyUrl, tenant } = parts.publicSettings;
  const log = createLog({ release: settings.release, write: parts.write, now });
  const secrets = new SecretStore({
    read: () => readSecrets({ settings, publishableKey, environment }),
    log,
    now,
    sleep: parts.sleep,
  });
  const get = () => secrets.get();
  const backend = new BackendApi({ apiUrl: settings.clerkApiUrl, fetch, secrets: get, onKeyRefused: () => secrets.suspect() });
  const baseUrl = `https://${frontendApiHost(publishableKey) ?? 'publishable-key.invalid'}`;
  const forward = settings.forwardClientAddress && clerkProxyUrl !== '';
  const frontend = new FrontendApi({
    baseUrl,
    fetch,
    proxy: forward ? { url: clerkProxyUrl, secretKey: async () => (await get()).secretKey } : null,
  });
  const origins = appOrigins(appUrl || 'http://localhost:3000');
  const tokens = new TokenVerifier({
    keys: new KeyCache({ load: (signal) => backend.keys(signal), now }),
    secrets: get,
    // With a proxy in front of Clerk's Frontend API, tokens name the proxy as their issuer.
    issuers: clerkProxyUrl ? [baseUrl, clerkProxyUrl] : [baseUrl],
    origins,
    now,
  });
  const onCleanUpFailed = (error: Error) => log({ event: 'server.error', reason: 'clean-up-failed', error: error.name });
  return Object.freeze({
    settings,
    publicSettings: parts.publicSettings,
    origins,
    log,
    secrets,
    clerk: Object.freeze({ backend, frontend, tokens, tenant, onCleanUpFailed }),
    attempts: new Attempts({ limit: 10, ...PER_5_MINUTES, now }),
    authRequests: settings.authRequestsPer5Minutes > 0 ? new Attempts({ limit: settings.authRequestsPer5Minutes, ...PER_5_MINUTES, now }) : null,
    health: new Health({ secrets: get, backend, frontend, publishableKey, trustEdge: settings.trustEdge, release: settings.release, now }),
    now,
  });
}

const KEY = Symbol.for('clerk-deploy.server');
const holder = globalThis as { [KEY]?: Server };

/** The process's one server. Kept on globalThis: Next bundles routes, proxy and instrumentation apart. */
export function server(): Server {
  return (holder[KEY] ??= createServer({
    environment: process.env,
    publicSettings,
    fetch: (input, init) => fetch(input, init),
    now: Date.now,
    write: (text) => void process.stdout.write(text),
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  }));
}

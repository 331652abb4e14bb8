import type { PublicSettings } from '#lib/public-settings.ts';
import { createServer, type Server } from '#lib/server.ts';
import { FakeClerk, PUBLISHABLE_KEY, SECRET_KEY, TENANT } from './fake-clerk.ts';

type Handler = (request: Request, next: { params?: Promise<Record<string, string>> }) => Promise<Response>;
type Route = Record<'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS', Handler>;
type Line = Record<string, unknown> & { event: string; reason: string };

type Options = { environment?: Record<string, string>; publicSettings?: Partial<PublicSettings> };
type Ask = { method?: keyof Route; headers?: Record<string, string>; json?: unknown; body?: string; query?: string; params?: Record<string, string> };

export const ORIGIN = 'https://yourapp.com';

/** The app around a fake Clerk: its real route handlers, a clock that stands still, and what it logged. */
export class App {
  readonly written: string[] = [];
  readonly clerk: FakeClerk;
  readonly server: Server;
  time = Date.now();

  constructor({ environment = { CLERK_SECRET_KEY: SECRET_KEY }, publicSettings = {} }: Options = {}) {
    this.clerk = new FakeClerk(() => this.time);
    this.server = createServer({
      environment,
      publicSettings: {
        publishableKey: PUBLISHABLE_KEY,
        apiBaseUrl: 'https://api.yourapp.com',
        tenant: TENANT,
        appUrl: ORIGIN,
        clerkProxyUrl: '',
        socialClientIds: { google: 'google-id', facebook: '', github: '' },
        ...publicSettings,
      },
      fetch: this.clerk.fetch,
      now: () => this.time,
      write: (text) => void this.written.push(text),
      sleep: async () => undefined,
    });
    // Where the process keeps its one server (lib/server.ts).
    (globalThis as Record<symbol, unknown>)[Symbol.for('clerk-deploy.server')] = this.server;
  }

  async ask(path: string, { method = 'GET', headers = {}, json, body, query = '', params = {} }: Ask = {}): Promise<Response> {
    const route = (await import(`../../app${fileOf(path)}/route.ts`)) as Route;
    const request = new Request(`http://internal.host${path}${query}`, {
      method,
      headers: { ...(json === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(json === undefined ? (body === undefined ? {} : { body }) : { body: JSON.stringify(json) }),
    });
    return route[method](request, { params: Promise.resolve(params) });
  }

  post(path: string, json: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return this.ask(path, { method: 'POST', json, headers });
  }

  lines(): Line[] {
    return this.written.map((line) => JSON.parse(line) as Line);
  }

  lastLine(): Line {
    return this.lines().at(-1)!;
  }
}

function fileOf(path: string): string {
  if (/^\/api\/auth\/social\/(?!callback)/.test(path)) return '/api/auth/social/[provider]';
  const known = /^\/api\/(auth\/(signin|signup|refresh|signout|me|social\/callback)|health)$/.test(path);
  return known ? path : '/api/[[...path]]';
}

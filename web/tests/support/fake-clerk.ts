import type { Fetch } from '#lib/clerk/http.ts';
import { signJwt, signingKey } from './jwt.ts';

export const SECRET_KEY = 'sk_live_obviouslyFake0123456789';
export const OTHER_SECRET_KEY = 'sk_live_obviouslyFakeOther98765';
export const PUBLISHABLE_KEY = `pk_live_${Buffer.from('clerk.yourapp.com$').toString('base64').replaceAll('=', '')}`;
export const ISSUER = 'https://clerk.yourapp.com';
export const TENANT = 'tenant_production_001';

/** One pair of keys for all tests: making them is the slowest thing that they do. */
export const KEY = signingKey('ins_2fakefakefakefake');
export const FOREIGN_KEY = signingKey('ins_2foreignforeign');

type User = { id: string; email: string; password: string; organization: string | null; banned?: boolean; locked?: boolean; metadataTenant?: string };
type Session = { id: string; userId: string; organization: string | null; revoked: boolean };
export type Call = { method: string; url: URL; headers: Headers; body: string };
type Answer = { status?: number; body?: unknown; headers?: Record<string, string> } | 'hang' | 'refuse' | 'garbage';

const ORGANIZATIONS: Record<string, string> = { org_one: TENANT, org_two: 'tenant_production_002' };
const CLIENT_JWT = signJwt(KEY, { id: 'client_1', rotating_token: 'a' });

/** Both APIs of Clerk as one `fetch`; `answers` overrides any call. */
export class FakeClerk {
  readonly calls: Call[] = [];
  readonly users: User[] = [
    { id: 'user_alice', email: 'alice@example.com', password: 'alice-Passw0rd', organization: 'org_one' },
    { id: 'user_bob', email: 'bob@example.com', password: 'bob-Passw0rd', organization: 'org_two' },
    { id: 'user_locked', email: 'locked@example.com', password: 'locked-Passw0rd', organization: 'org_one', locked: true },
  ];
  readonly sessions: Session[] = [];
  readonly answers = new Map<string, Answer>();
  secretKeys = [SECRET_KEY];
  keys = [KEY];
  now: () => number;
  social: { status: string; verification: string; userId: string | null } = { status: 'complete', verification: 'verified', userId: 'user_alice' };

  constructor(now: () => number) {
    this.now = now;
  }

  readonly fetch: Fetch = async (input, init) => {
    const request = new Request(input as URL, init);
    const call = { method: request.method, url: new URL(request.url), headers: request.headers, body: await request.text() };
    this.calls.push(call);
    const answer = this.#override(call) ?? this.#answer(call);
    if (answer === 'refuse') throw new TypeError('fetch failed');
    if (answer === 'garbage') return new Response('<html>bad gateway</html>');
    if (answer === 'hang') return hang(init?.signal ?? undefined);
    return Response.json(answer.body ?? {}, { status: answer.status ?? 200, headers: answer.headers ?? {} });
  };

  /** `METHOD /path`, or `*` for everything. */
  #override({ method, url }: Call): Answer | undefined {
    return this.answers.get(`${method} ${url.pathname}`) ?? this.answers.get(url.host) ?? this.answers.get('*');
  }

  paths(): string[] {
    return this.calls.map(({ method, url }) => `${method} ${url.pathname}`);
  }

  token(claims: object = {}, key = KEY, header: object = {}): string {
    const now = Math.floor(this.now() / 1000);
    const base = { iss: ISSUER, sub: 'user_alice', sid: 'sess_1', iat: now, nbf: now - 10, exp: now + 60, v: 2, sts: 'active', o: { id: 'org_one', slg: TENANT, rol: 'member' } };
    return signJwt(key, { ...base, ...claims }, header);
  }

  session(userId: string, organization: string | null): { refreshToken: string; session: Session } {
    const session = { id: `sess_${this.sessions.length + 1}`, userId, organization, revoked: false };
    this.sessions.push(session);
    return { session, refreshToken: `${session.id}.${CLIENT_JWT}` };
  }

  #answer(call: Call): Exclude<Answer, string> {
    return call.url.host === 'api.clerk.com' ? this.#backend(call) : this.#frontend(call);
  }

  #backend({ method, url, headers, body }: Call): Exclude<Answer, string> {
    if (!this.secretKeys.includes(headers.get('authorization')?.slice(7) ?? '')) return error(401, 'clerk_key_invalid');
    const parts = url.pathname.split('/').slice(2);
    const [kind, id, verb] = parts;
    const data = body ? (JSON.parse(body) as Record<string, string>) : {};
    const user = this.users.find((one) => one.id === id);
    if (kind === 'jwks') return { body: { keys: this.keys.map(({ jwk }) => jwk) } };
    if (kind === 'users' && method === 'GET' && !id) {
      return { body: this.users.filter(({ email }) => email === url.searchParams.get('email_address')).map(userBody) };
    }
    if (kind === 'users' && method === 'POST' && !id) return this.#createUser(body);
    if (kind === 'users' && !user) return error(404, 'resource_not_found');
    if (kind === 'users' && method === 'DELETE') {
      this.users.splice(this.users.indexOf(user!), 1);
      return { body: { id, deleted: true } };
    }
    if (verb === 'verify_password') return data.password === user!.password ? { body: { verified: true } } : error(422, 'incorrect_password');
    if (verb === 'organization_memberships') {
      const { organization } = user!;
      return { body: { data: organization ? [{ organization: { id: organization, slug: ORGANIZATIONS[organization] } }] : [], total_count: 1 } };
    }
    if (kind === 'sign_in_tokens') return { body: { token: `${data.user_id}:${data.org_id ?? ''}` } };
    if (kind === 'organizations' && !verb) {
      const found = Object.entries(ORGANIZATIONS).find((pair) => pair.includes(id!));
      return found ? { body: { id: found[0], slug: found[1] } } : error(404, 'resource_not_found');
    }
    if (kind === 'organizations') {
      this.users.find((one) => one.id === data.user_id)!.organization = id!;
      return { body: {} };
    }
    if (kind === 'sessions' && verb === 'revoke') {
      this.sessions.find((one) => one.id === id)!.revoked = true;
      return { body: {} };
    }
    return error(404, 'resource_not_found');
  }

  #createUser(body: string): Exclude<Answer, string> {
    const { email_address: [email], password } = JSON.parse(body) as { email_address: [string]; password: string };
    if (this.users.some((one) => one.email === email)) return error(422, 'form_identifier_exists', 'email_address');
    if (password === 'password') return error(422, 'form_password_pwned', 'password');
    const user = { id: `user_new${this.users.length}`, email, password, organization: null };
    this.users.push(user);
    return { body: userBody(user) };
  }

  #frontend({ method, url, headers, body }: Call): Exclude<Answer, string> {
    if (url.pathname === '/.well-known/jwks.json') return { body: { keys: this.keys.map(({ jwk }) => jwk) } };
    if (headers.get('origin')) return error(400, 'origin_authorization_headers_conflict');
    if (url.searchParams.get('_is_native') !== '1') return error(401, 'dev_browser_unauthenticated');
    const form = new URLSearchParams(body);
    const [, , kind, id, verb] = url.pathname.split('/').slice(1);
    if (kind === 'sign_ins' && method === 'POST' && form.get('strategy') === 'ticket') {
      const [userId, organization] = form.get('ticket')!.split(':');
      return this.#complete('sia_1', userId!, organization || null);
    }
    if (kind === 'sign_ins' && method === 'POST') {
      const redirect = `https://accounts.google.com/o?redirect=${encodeURIComponent(form.get('redirect_url')!)}`;
      return attempt({ id: 'sia_social', status: 'needs_identifier', first_factor_verification: { status: 'unverified', external_verification_redirect_url: redirect } });
    }
    if (kind === 'sign_ins') {
      const { status, verification, userId } = this.social;
      if (status === 'complete' && userId) return this.#complete(id!, userId, null, verification);
      return attempt({ id, status, first_factor_verification: { status: verification } });
    }
    if (kind === 'sign_ups') {
      const user = { id: 'user_social', email: 'social@example.com', password: '', organization: this.social.userId };
      this.users.push(user);
      return this.#complete('sua_1', user.id, null);
    }
    if (verb === 'tokens') {
      if (headers.get('authorization') !== CLIENT_JWT) return error(401, 'signed_out');
      const session = this.sessions.find((one) => one.id === id);
      if (!session) return error(404, 'resource_not_found');
      if (session.revoked) return error(401, 'authentication_invalid');
      session.organization = form.get('organization_id') ?? session.organization;
      return { body: { jwt: this.#jwt(session) }, headers: { authorization: CLIENT_JWT } };
    }
    return error(404, 'resource_not_found');
  }

  #complete(id: string, userId: string, organization: string | null, verification = 'verified'): Exclude<Answer, string> {
    const { session } = this.session(userId, organization);
    const sessions = [{ id: session.id, last_active_token: { jwt: this.#jwt(session) } }];
    return attempt({ id, status: 'complete', created_session_id: session.id, created_user_id: userId, first_factor_verification: { status: verification } }, { sessions });
  }

  #jwt({ id, userId, organization }: Session): string {
    const o = organization ? { id: organization, slg: ORGANIZATIONS[organization], rol: 'member' } : undefined;
    const { metadataTenant } = this.users.find((one) => one.id === userId)!;
    return this.token({ sub: userId, sid: id, o, ...(metadataTenant ? { tenant: metadataTenant } : {}) });
  }
}

function attempt(response: object, client: object = {}): Exclude<Answer, string> {
  return { body: { response, client }, headers: { authorization: CLIENT_JWT } };
}

export function error(status: number, code: string, parameter?: string, headers: Record<string, string> = {}) {
  return { status, headers, body: { errors: [{ code, message: 'alice@example.com said no', meta: parameter ? { param_name: parameter } : {} }] } };
}

function userBody({ id, banned, locked, metadataTenant }: User) {
  return { id, banned: banned ?? false, locked: locked ?? false, public_metadata: metadataTenant ? { tenant: metadataTenant } : {} };
}

function hang(signal?: AbortSignal): Promise<Response> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error));
  });
}

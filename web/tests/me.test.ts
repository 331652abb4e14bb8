import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { App } from './support/app.ts';
import { FOREIGN_KEY, KEY, PUBLISHABLE_KEY, SECRET_KEY } from './support/fake-clerk.ts';
import { encode, signJwt } from './support/jwt.ts';

const ME = '/api/auth/me';
const me = (app: App, token: string) => app.ask(ME, { headers: { authorization: `Bearer ${token}` } });

test('a good token tells user, session and tenant', async () => {
  const app = new App();
  const response = await me(app, app.clerk.token());
  assert.equal(response.status, 200);
  const body = await response.json();
  assert.deepEqual(body.user, { id: 'user_alice' });
  assert.deepEqual(body.tenant, { id: 'org_one', slug: 'tenant_production_001', role: 'member' });
  assert.equal(body.session.id, 'sess_1');
  assert.ok(new Date(body.session.expiresAt).getTime() > app.time);
  const line = app.lastLine();
  assert.equal(line.tenant, 'org_one');
  assert.equal(typeof line.validation_ms, 'number');
});

test('version 1 claims and a custom claim name the tenant too', async () => {
  const app = new App();
  const v1 = { o: undefined, v: undefined, sts: undefined, org_id: 'org_one', org_slug: 'tenant_production_001', org_role: 'org:admin' };
  assert.deepEqual((await (await me(app, app.clerk.token(v1))).json()).tenant, { id: 'org_one', slug: 'tenant_production_001', role: 'admin' });
  assert.equal((await me(app, app.clerk.token({ o: undefined, tenant: 'tenant_production_001' }))).status, 200);
});

const seconds = (offset: number) => Math.floor(Date.now() / 1000) + offset;

for (const [name, token, reason] of [
  ['that is no JWT', () => 'x', 'token-invalid'],
  ['of three dots', () => '...', 'token-invalid'],
  ['whose header is null', () => `${encode(null)}.${encode({ exp: 1 })}.x`, 'token-invalid'],
  ['whose claims are null', () => `${encode({ alg: 'RS256', kid: 'k' })}.${encode(null)}.x`, 'token-invalid'],
  ['that is very long', () => `${'a'.repeat(9000)}.b.c`, 'token-invalid'],
  ['without a key id', (app) => app.clerk.token({}, KEY, { kid: undefined }), 'token-invalid'],
  ['with a path as key id', (app) => app.clerk.token({}, KEY, { kid: '../../x' }), 'token-invalid'],
  ['with alg none', () => `${encode({ alg: 'none', kid: KEY.kid, typ: 'JWT' })}.${encode({ exp: seconds(60) })}.`, 'token-invalid'],
  ['signed with HS256 and our public key', () => hs256(), 'token-invalid'],
  ['that is expired', (app) => app.clerk.token({ exp: seconds(-6) }), 'token-expired'],
  ['without an end', (app) => app.clerk.token({ exp: undefined }), 'token-invalid'],
  ['that is not active yet', (app) => app.clerk.token({ nbf: seconds(60) }), 'token-not-active-yet'],
  ['from the future', (app) => app.clerk.token({ iat: seconds(60) }), 'token-iat-in-the-future'],
  ['of a tampered body', (app) => tampered(app.clerk.token()), 'token-invalid-signature'],
  ['of another instance', (app) => app.clerk.token({}, FOREIGN_KEY), 'jwk-kid-mismatch'],
  ['of another instance that claims our key id', (app) => app.clerk.token({}, FOREIGN_KEY, { kid: KEY.kid }), 'token-invalid-signature'],
  ['of another issuer', (app) => app.clerk.token({ iss: 'https://clerk.other.com' }), 'token-issuer'],
  ['of a pending session', (app) => app.clerk.token({ sts: 'pending' }), 'session-pending'],
  ['that a browser got for another site', (app) => app.clerk.token({ azp: 'https://other.com' }), 'token-invalid-authorized-parties'],
  ['without a session', (app) => app.clerk.token({ sid: undefined }), 'token-invalid'],
] as [string, (app: App) => string, string][]) {
  test(`a token ${name} is 401`, async () => {
    const app = new App();
    const response = await me(app, token(app));
    assert.equal(response.status, 401);
    assert.equal(response.headers.get('www-authenticate'), 'Bearer');
    assert.deepEqual(await response.json(), { error: 'unauthenticated' });
    assert.equal(app.lastLine().reason, reason);
  });
}

function hs256(): string {
  const head = `${encode({ alg: 'HS256', kid: KEY.kid, typ: 'JWT' })}.${encode({ sub: 'user_alice', exp: seconds(60) })}`;
  return `${head}.${createHmac('sha256', KEY.pem).update(head).digest('base64url')}`;
}

function tampered(token: string): string {
  const [head, body = '', signature] = token.split('.');
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString());
  return [head, encode({ ...claims, sub: 'user_bob' }), signature].join('.');
}

test('no token, and another scheme, are 401 token-missing', async () => {
  const app = new App();
  assert.equal((await app.ask(ME)).status, 401);
  assert.equal((await app.ask(ME, { headers: { authorization: 'Basic YTpi' } })).status, 401);
  assert.equal(app.lastLine().reason, 'token-missing');
});

for (const [name, claims] of [
  ['another tenant', { o: { id: 'org_two', slg: 'tenant_production_002', rol: 'admin' } }],
  ['no tenant', { o: undefined }],
  ['another tenant by the custom claim, whatever organization is active', { tenant: 'tenant_production_002' }],
] as const) {
  test(`a token of ${name} is 403`, async () => {
    const app = new App();
    const response = await me(app, app.clerk.token(claims));
    assert.equal(response.status, 403);
    assert.deepEqual(await response.json(), { error: 'tenant_refused' });
    assert.equal(app.lastLine().reason, 'tenant-mismatch');
  });
}

test('an organization that took the tenant’s id as its slug is not the tenant', async () => {
  const app = new App({ publicSettings: { tenant: 'org_one' } });
  assert.equal((await me(app, app.clerk.token())).status, 200);
  assert.equal((await me(app, app.clerk.token({ o: { id: 'org_evil', slg: 'org_one' } }))).status, 403);
});

test('the tenant of a header is not listened to', async () => {
  const app = new App();
  const token = app.clerk.token({ o: { id: 'org_two', slg: 'tenant_production_002' } });
  const response = await app.ask(ME, { headers: { authorization: `Bearer ${token}`, 'x-tenant-id': 'tenant_production_001' } });
  assert.equal(response.status, 403);
});

test('with Clerk down and its keys known, tokens are still verified', async () => {
  const app = new App();
  await me(app, app.clerk.token());
  app.clerk.answers.set('*', 'refuse');
  app.time += 60 * 60_000;
  assert.equal((await me(app, app.clerk.token({ exp: seconds(7200), iat: seconds(0), nbf: seconds(0) }))).status, 200);
});

test('with Clerk down and its keys unknown it is 503', async () => {
  const app = new App();
  app.clerk.answers.set('*', 'refuse');
  assert.equal((await me(app, app.clerk.token())).status, 503);
  assert.equal(app.lastLine().reason, 'clerk-unreachable');
});

test('with CLERK_JWT_KEY Clerk is not asked, literal line ends and all', async () => {
  const app = new App({ environment: { CLERK_SECRET_KEY: SECRET_KEY, CLERK_JWT_KEY: KEY.pem.replaceAll('\n', '\\n') } });
  app.clerk.answers.set('*', 'refuse');
  assert.equal((await me(app, app.clerk.token())).status, 200);
  assert.equal((await me(app, app.clerk.token({}, FOREIGN_KEY))).status, 401);
  assert.deepEqual(app.clerk.calls, []);
});

test('a CLERK_JWT_KEY that is none is ours to mend: 503', async () => {
  const app = new App({ environment: { CLERK_SECRET_KEY: SECRET_KEY, CLERK_JWT_KEY: '-----BEGIN PUBLIC KEY-----\nnonsense\n-----END PUBLIC KEY-----' } });
  assert.equal((await me(app, app.clerk.token())).status, 503);
  assert.equal(app.lastLine().reason, 'jwt-key-malformed');
});

test('a flood of unknown key ids asks Clerk once', async () => {
  const app = new App();
  await me(app, app.clerk.token());
  for (let count = 0; count < 20; count++) {
    const response = await me(app, app.clerk.token({}, FOREIGN_KEY, { kid: `ins_${count}` }));
    assert.equal(response.status, 401);
  }
  assert.equal(app.clerk.paths().filter((path) => path === 'GET /v1/jwks').length, 1);
});

test('a rotated key is found after the pause for unknown ones', async () => {
  const app = new App();
  await me(app, app.clerk.token());
  app.clerk.keys = [FOREIGN_KEY];
  const token = signJwt(FOREIGN_KEY, JSON.parse(Buffer.from(app.clerk.token().split('.')[1]!, 'base64url').toString()));
  assert.equal((await me(app, token)).status, 401);
  app.time += 31_000;
  assert.equal((await me(app, token)).status, 200);
});

test('a refused secret key is 503', async () => {
  const app = new App();
  app.clerk.secretKeys = ['sk_live_rotatedToAnotherKey1'];
  assert.equal((await me(app, app.clerk.token())).status, 503);
  assert.equal(app.lastLine().reason, 'clerk-key-invalid');
});

test('with a proxy in front of Clerk, its address is an issuer too', async () => {
  const app = new App({ publicSettings: { clerkProxyUrl: 'https://yourapp.com/__clerk' } });
  assert.equal((await me(app, app.clerk.token({ iss: 'https://yourapp.com/__clerk' }))).status, 200);
  assert.equal((await me(app, app.clerk.token())).status, 200);
});

test('a publishable key that is none refuses every token', async () => {
  const app = new App({ publicSettings: { publishableKey: PUBLISHABLE_KEY.slice(0, 12) } });
  assert.equal((await me(app, app.clerk.token())).status, 401);
});

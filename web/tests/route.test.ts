import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { routes } from '#lib/http/route.ts';
import { App } from './support/app.ts';
import { OLDER_TOKEN, ORIGIN_TOKEN, VERIFICATION_TOKEN, behindEdge } from './support/behind-edge.ts';
import { SECRET_KEY } from './support/fake-clerk.ts';

const ALL = ['/api/auth/signin', '/api/auth/signup', '/api/auth/refresh', '/api/auth/signout', '/api/auth/me', '/api/auth/social/google', '/api/auth/social/callback', '/api/nothing', '/api'];

for (const route of ALL) {
  test(`${route} without the edge’s token is 403, whatever the method`, async () => {
    const app = behindEdge();
    for (const method of ['GET', 'POST', 'OPTIONS'] as const) {
      const response = await app.ask(route, { method, params: { provider: 'google' } });
      assert.equal(response.status, 403);
      assert.deepEqual(await response.json(), { error: 'origin_refused' });
      assert.equal(app.lastLine().reason, 'origin-token');
    }
    assert.deepEqual(app.clerk.calls, []);
  });
}

test('the newest and the older token pass, others do not', async () => {
  const app = behindEdge();
  const status = async (token: string) => (await app.ask('/api/auth/me', { headers: { 'x-origin-token': token } })).status;
  assert.equal(await status(ORIGIN_TOKEN), 401);
  assert.equal(await status(OLDER_TOKEN), 401);
  for (const token of ['', 'x', `${ORIGIN_TOKEN}0`, ORIGIN_TOKEN.toUpperCase()]) assert.equal(await status(token), 403);
});

test('without readable tokens nothing passes, but health answers', async () => {
  const app = new App({ environment: { CLERK_DEPLOY_SECRETS_FILE: '/nonexistent/secrets.json', CLERK_DEPLOY_TRUST_EDGE: '1' } });
  const response = await app.ask('/api/auth/me', { headers: { 'x-origin-token': ORIGIN_TOKEN } });
  assert.equal(response.status, 503);
  assert.equal(app.lastLine().reason, 'secret-unreadable');
  assert.equal((await app.ask('/api/health')).status, 503);
});

test('health answers without the edge’s token', async () => {
  assert.equal((await behindEdge().ask('/api/health')).status, 200);
});

test('an unknown address is JSON 404 with a log line, for every method', async () => {
  const app = new App();
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const) {
    const response = await app.ask('/api/nothing/here', { method });
    assert.equal(response.status, 404);
    assert.deepEqual(await response.json(), { error: 'not_found' });
    assert.equal(app.lastLine().event, 'api.unknown');
    assert.equal(app.lastLine().method, method);
  }
});

test('another method is JSON 405 with Allow and a log line', async () => {
  const app = new App();
  for (const [route, allow] of [['/api/auth/signin', 'POST'], ['/api/auth/me', 'GET, HEAD']] as const) {
    const response = await app.ask(route, { method: 'DELETE' });
    assert.equal(response.status, 405);
    assert.equal(response.headers.get('allow'), allow);
    assert.deepEqual(await response.json(), { error: 'method_not_allowed' });
    assert.equal(app.lastLine().reason, 'method-not-allowed');
  }
});

test('no answer allows another origin', async () => {
  const app = new App();
  const preflight = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
  const response = await app.ask('/api/auth/refresh', { method: 'OPTIONS', headers: preflight });
  assert.equal(response.headers.get('access-control-allow-origin'), null);
});

test('HEAD is GET without a body', async () => {
  const response = await new App().ask('/api/health', { method: 'HEAD' });
  assert.equal(response.status, 200);
  assert.equal(await response.text(), '');
});

test('a log line has all its fields, and the release', async () => {
  const app = new App();
  await app.ask('/api/auth/me');
  assert.deepEqual(Object.keys(app.lastLine()), ['time', 'event', 'route', 'method', 'status', 'duration_ms', 'validation_ms', 'reason', 'tenant', 'slot', 'commit', 'revision', 'synthetic']);
  assert.match(String(app.lastLine().time), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  assert.ok(app.written.every((line) => line.endsWith('\n') && !line.slice(0, -1).includes('\n')));
});

test('an error of our own is 503 and a server.error line with its name alone', async () => {
  const app = new App();
  const broken = routes(
    { event: 'auth.me', route: '/x', handlers: { GET: async () => { throw new RangeError('alice@example.com'); } } },
    () => app.server,
  );
  const response = await broken.GET(new Request('http://h/x'), {});
  assert.equal(response.status, 503);
  assert.deepEqual(await response.json(), { error: 'unavailable' });
  assert.equal(app.lines()[0]?.event, 'server.error');
  assert.equal(app.lines()[0]?.error, 'RangeError');
  assert.ok(!app.written.join('').includes('alice'));
});

function signature(app: App, { method = 'GET', path: signed = '/api/auth/me', age = 0, key = VERIFICATION_TOKEN } = {}): Record<string, string> {
  const t = Math.floor(app.time / 1000) - age;
  const v1 = createHmac('sha256', key).update(`${t}\n${method}\n${signed}`).digest('hex');
  return { 'x-origin-token': ORIGIN_TOKEN, 'x-verification': `t=${t};v1=${v1}` };
}

for (const [name, given, synthetic] of [
  ['a fresh signature', {}, true],
  ['a signature of 5 minutes ago', { age: 299 }, true],
  ['a signature past its time', { age: 302 }, false],
  ['a signature of a clock that is a little ahead', { age: -20 }, true],
  ['a signature from the future', { age: -60 }, false],
  ['a signature for another path', { path: '/api/health' }, false],
  ['a signature for another method', { method: 'POST' }, false],
  ['a signature with another key', { key: ORIGIN_TOKEN }, false],
] as const) {
  test(`${name} ${synthetic ? 'marks' : 'does not mark'} the line synthetic`, async () => {
    const app = behindEdge();
    await app.ask('/api/auth/me', { headers: signature(app, given), query: '?any=1' });
    assert.equal(app.lastLine().synthetic, synthetic);
  });
}

for (const value of ['', 't=1', 't=;v1=', `t=1;v1=${'0'.repeat(63)}`, `t=99999999999999;v1=${'0'.repeat(64)}`]) {
  test(`x-verification "${value.slice(0, 20)}" is no signature`, async () => {
    const app = behindEdge();
    await app.ask('/api/auth/me', { headers: { 'x-origin-token': ORIGIN_TOKEN, 'x-verification': value } });
    assert.equal(app.lastLine().synthetic, false);
  });
}

const ALICE = { email: 'alice@example.com', password: 'alice-Passw0rd' };
const FORWARD = { CLERK_DEPLOY_FORWARD_CLIENT_ADDRESS: '1' };
const PROXY = { clerkProxyUrl: 'https://yourapp.com/__clerk' };
const edge = { 'x-origin-token': ORIGIN_TOKEN, 'x-client-address': '203.0.113.7' };
const signInCall = (app: App) => app.clerk.calls.find(({ url }) => url.pathname === '/v1/client/sign_ins')!;

test('the user’s address goes to Clerk by its documented proxy headers', async () => {
  const app = behindEdge(FORWARD, PROXY);
  assert.equal((await app.post('/api/auth/signin', ALICE, edge)).status, 200);
  const { url, headers } = signInCall(app);
  assert.equal(url.host, 'frontend-api.clerk.dev');
  assert.equal(headers.get('clerk-proxy-url'), PROXY.clerkProxyUrl);
  assert.equal(headers.get('clerk-secret-key'), SECRET_KEY);
  assert.equal(headers.get('x-forwarded-for'), '203.0.113.7');
});

for (const [name, environment, publicSettings] of [
  ['the setting', {}, PROXY],
  ['a proxy address', FORWARD, {}],
] as const) {
  test(`without ${name} no address and no secret go to the Frontend API`, async () => {
    const app = behindEdge(environment, publicSettings);
    await app.post('/api/auth/signin', ALICE, edge);
    const { url, headers } = signInCall(app);
    assert.equal(url.host, 'clerk.yourapp.com');
    for (const header of ['clerk-proxy-url', 'clerk-secret-key', 'x-forwarded-for']) assert.equal(headers.get(header), null);
  });
}

test('an address that did not come through the edge is not believed', async () => {
  const app = new App({ environment: { CLERK_SECRET_KEY: SECRET_KEY, ...FORWARD }, publicSettings: PROXY });
  await app.post('/api/auth/signin', ALICE, { 'x-client-address': '198.51.100.1' });
  assert.equal(signInCall(app).headers.get('x-forwarded-for'), null);
});

test('a stranger’s guesses do not brake the owner at another address', async () => {
  const app = behindEdge();
  for (let attempt = 0; attempt < 11; attempt++) await app.post('/api/auth/signin', { ...ALICE, password: 'guess' }, edge);
  assert.equal(app.lastLine().status, 429);
  assert.equal((await app.post('/api/auth/signin', ALICE, { ...edge, 'x-client-address': '2001:db8::7' })).status, 200);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { App } from './support/app.ts';
import { ORIGIN_TOKEN, behindEdge } from './support/behind-edge.ts';

const LIMITED = { CLERK_DEPLOY_AUTH_REQUESTS_PER_5_MINUTES: '3' };

function from(address: string): Record<string, string> {
  return { 'x-origin-token': ORIGIN_TOKEN, 'x-client-address': address };
}

async function statuses(app: App, count: number, address = '203.0.113.7', route = '/api/auth/me'): Promise<number[]> {
  const found = [];
  for (let request = 0; request < count; request++) found.push((await app.ask(route, { headers: from(address) })).status);
  return found;
}

test('requests beyond the limit are 429 until the window ends, which the answer tells', async () => {
  const app = behindEdge(LIMITED);
  assert.deepEqual(await statuses(app, 3), [401, 401, 401]);
  app.time += 60_000;
  const refused = await app.ask('/api/auth/me', { headers: from('203.0.113.7') });
  assert.equal(refused.status, 429);
  assert.deepEqual(await refused.json(), { error: 'rate_limited' });
  assert.equal(refused.headers.get('retry-after'), '240');
  assert.equal(app.lastLine().reason, 'too-many-attempts');
  app.time += 240_000;
  assert.deepEqual(await statuses(app, 1), [401]);
});

test('all of /api/auth is counted together, with every method, and nothing else is', async () => {
  const app = behindEdge(LIMITED);
  const headers = from('203.0.113.7');
  for (const [route, method] of [['/api/auth/me', 'GET'], ['/api/auth/signin', 'POST'], ['/api/auth/signup', 'OPTIONS']] as const) {
    assert.notEqual((await app.ask(route, { method, headers })).status, 429);
  }
  for (const route of ['/api/auth/signin', '/api/auth/signup', '/api/auth/refresh', '/api/auth/signout', '/api/auth/me']) {
    assert.equal((await app.post(route, {}, headers)).status, 429, route);
  }
  assert.equal((await app.ask('/api/health', { headers })).status, 200);
  assert.equal((await app.ask('/api/nothing', { headers })).status, 404);
  assert.deepEqual(app.clerk.calls.filter(({ method }) => method === 'POST'), []);
});

test('a browser that is sent to a provider too often comes back to the sign-in page', async () => {
  const app = behindEdge(LIMITED);
  await statuses(app, 3);
  const response = await app.ask('/api/auth/social/google', { headers: from('203.0.113.7'), params: { provider: 'google' } });
  assert.equal(response.status, 303);
  assert.match(response.headers.get('location') ?? '', /\/sign-in\?error=rate_limited$/);
  assert.equal(response.headers.get('retry-after'), '300');
});

test('another address is not braked', async () => {
  const app = behindEdge(LIMITED);
  await statuses(app, 4);
  assert.deepEqual(await statuses(app, 1, '203.0.113.8'), [401]);
});

for (const [name, one, other, together] of [
  ['two of the same /64', '2001:db8:0:7::1', '2001:db8:0:7:ffff::2', true],
  ['one address in two spellings', '2001:DB8::7', '2001:0db8:0:0:0:0:0:7', true],
  ['two /64', '2001:db8:0:7::1', '2001:db8:0:8::1', false],
  ['IPv4 and the same inside IPv6', '203.0.113.7', '::ffff:203.0.113.7', true],
  ['two of IPv4 inside IPv6', '::ffff:203.0.113.7', '::ffff:203.0.113.8', false],
] as const) {
  test(`${name} count ${together ? 'together' : 'apart'}`, async () => {
    const app = behindEdge(LIMITED);
    await statuses(app, 3, one);
    assert.deepEqual(await statuses(app, 1, other), [together ? 429 : 401]);
  });
}

test('who did not come through the edge is refused for that, and counted for nobody', async () => {
  const app = behindEdge(LIMITED);
  for (let request = 0; request < 5; request++) {
    const response = await app.ask('/api/auth/me', { headers: { 'x-client-address': '203.0.113.7' } });
    assert.equal(response.status, 403);
  }
  assert.deepEqual(await statuses(app, 1), [401]);
});

for (const value of [undefined, '', '0', '-1', 'many']) {
  test(`with ${value === undefined ? 'no limit' : `the limit “${value}”`} nothing is refused`, async () => {
    const app = behindEdge(value === undefined ? {} : { CLERK_DEPLOY_AUTH_REQUESTS_PER_5_MINUTES: value });
    assert.deepEqual(new Set(await statuses(app, 400)), new Set([401]));
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callClerk } from '#lib/clerk/http.ts';
import { App } from './support/app.ts';
import { FOREIGN_KEY, error } from './support/fake-clerk.ts';

const ALICE = { email: ' Alice@Example.com ', password: 'alice-Passw0rd' };
const SIGN_IN = '/api/auth/signin';

test('an API client gets both tokens in JSON and no cookie', async () => {
  const app = new App();
  const response = await app.post(SIGN_IN, ALICE);
  assert.equal(response.status, 200);
  const body = await response.json();
  assert.deepEqual(Object.keys(body).toSorted(), ['accessToken', 'expiresIn', 'refreshToken', 'tokenType']);
  assert.equal(body.tokenType, 'Bearer');
  assert.equal(body.expiresIn, 60);
  assert.match(body.refreshToken, /^sess_\w+\.[\w-]+\.[\w-]+\.[\w-]+$/);
  assert.equal(response.headers.get('set-cookie'), null);
});

test('a browser gets the refresh token in a cookie only', async () => {
  const app = new App();
  const response = await app.post(SIGN_IN, ALICE, { 'x-client': 'browser' });
  assert.equal((await response.json()).refreshToken, undefined);
  const cookie = response.headers.get('set-cookie') ?? '';
  assert.match(cookie, /^__Host-refresh=sess_/);
  for (const attribute of ['HttpOnly', 'Secure', 'SameSite=Strict', 'Path=/']) assert.ok(cookie.includes(attribute), attribute);
  assert.ok(!/domain=/i.test(cookie));
});

test('the ticket is for the tenant’s organization', async () => {
  const app = new App();
  await app.post(SIGN_IN, ALICE);
  const ticket = app.clerk.calls.find(({ url }) => url.pathname === '/v1/sign_in_tokens');
  assert.deepEqual(JSON.parse(ticket!.body), { user_id: 'user_alice', expires_in_seconds: 60, org_id: 'org_one' });
});

test('the Frontend API is called as a native client: no Origin, form body', async () => {
  const app = new App();
  await app.post(SIGN_IN, ALICE, { origin: 'https://yourapp.com' });
  const call = app.clerk.calls.find(({ url }) => url.pathname === '/v1/client/sign_ins')!;
  assert.equal(call.headers.get('origin'), null);
  assert.equal(call.headers.get('content-type'), 'application/x-www-form-urlencoded');
  assert.equal(call.url.searchParams.get('_is_native'), '1');
});

for (const [name, given, reason] of [
  ['a wrong password', { ...ALICE, password: 'wrong' }, 'incorrect-password'],
  ['an unknown user', { email: 'nobody@example.com', password: 'x' }, 'user-unknown'],
  ['a locked user with the right password', { email: 'locked@example.com', password: 'locked-Passw0rd' }, 'user-locked'],
] as const) {
  test(`${name} is 401 invalid_credentials, and only the log says why`, async () => {
    const app = new App();
    const response = await app.post(SIGN_IN, given);
    assert.equal(response.status, 401);
    assert.deepEqual(await response.json(), { error: 'invalid_credentials' });
    assert.equal(app.lastLine().reason, reason);
  });
}

test('a user of another tenant is refused, and only after the password was right', async () => {
  const app = new App();
  const right = await app.post(SIGN_IN, { email: 'bob@example.com', password: 'bob-Passw0rd' });
  assert.equal(right.status, 403);
  assert.deepEqual(await right.json(), { error: 'tenant_refused' });
  assert.equal(app.lastLine().reason, 'tenant-mismatch');
  assert.ok(!app.clerk.paths().includes('POST /v1/client/sign_ins'), 'no session was made');
  const wrong = await app.post(SIGN_IN, { email: 'bob@example.com', password: 'wrong' });
  assert.equal(wrong.status, 401);
});

test('a tenant in the user’s public metadata is served by the custom claim', async () => {
  const app = new App();
  app.clerk.users.push({ id: 'user_meta', email: 'meta@example.com', password: 'meta-Passw0rd', organization: null, metadataTenant: 'tenant_production_001' });
  assert.equal((await app.post(SIGN_IN, { email: 'meta@example.com', password: 'meta-Passw0rd' })).status, 200);
  assert.equal(app.lastLine().tenant, 'tenant_production_001');
});

test('a second factor is 403 sign_in_incomplete', async () => {
  const app = new App();
  app.clerk.answers.set('POST /v1/client/sign_ins', {
    body: { response: { id: 'sia_1', status: 'needs_second_factor' }, client: {} },
    headers: { authorization: 'a.b.c' },
  });
  const response = await app.post(SIGN_IN, ALICE);
  assert.equal(response.status, 403);
  assert.deepEqual(await response.json(), { error: 'sign_in_incomplete' });
  assert.equal(app.lastLine().reason, 'sign-in-needs-second-factor');
});

for (const [name, json] of [
  ['no fields', {}],
  ['a number as password', { email: 'alice@example.com', password: 1 }],
  ['an empty password', { email: 'alice@example.com', password: '' }],
  ['a password over the bound', { email: 'alice@example.com', password: 'x'.repeat(257) }],
  ['an address over the bound', { email: `${'a'.repeat(60)}@${'b'.repeat(200)}.com`, password: 'x' }],
  ['no address', { email: 'alice', password: 'x' }],
  ['two addresses', { email: 'a@example.com@example.com', password: 'x' }],
  ['a line end in the address', { email: 'a\n@example.com', password: 'x' }],
  ['an array', []],
  ['null', null],
] as const) {
  test(`${name} is 400 and Clerk is not asked`, async () => {
    const app = new App();
    const response = await app.post(SIGN_IN, json);
    assert.equal(response.status, 400);
    assert.deepEqual(await response.json(), { error: 'bad_request' });
    assert.deepEqual(app.clerk.calls, []);
  });
}

test('a body over 16 kB, no JSON, and a form are 400', async () => {
  const app = new App();
  const big = await app.post(SIGN_IN, { ...ALICE, filler: 'x'.repeat(20_000) });
  assert.equal(big.status, 400);
  assert.equal(app.lastLine().reason, 'body-too-big');
  const json = { 'content-type': 'application/json' };
  assert.equal((await app.ask(SIGN_IN, { method: 'POST', body: '{', headers: json })).status, 400);
  assert.equal(app.lastLine().reason, 'body-malformed');
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  assert.equal((await app.ask(SIGN_IN, { method: 'POST', body: JSON.stringify(ALICE), headers: form })).status, 400);
  assert.equal(app.lastLine().reason, 'content-type');
});

for (const [name, answer, reason] of [
  ['down', 'refuse', 'clerk-unreachable'],
  ['answering garbage', 'garbage', 'clerk-unreadable'],
  ['answering 502', error(502, 'bad_gateway'), 'clerk-unreachable'],
  ['answering JSON of another shape', { body: { users: [] } }, 'clerk-unreadable'],
  ['refusing our key', error(401, 'clerk_key_invalid'), 'clerk-key-invalid'],
  ['without its native API', error(400, 'native_api_disabled'), 'native-api-disabled'],
] as const) {
  test(`Clerk ${name} is 503 unavailable, never the user’s fault`, async () => {
    const app = new App();
    app.clerk.answers.set('*', answer);
    const response = await app.post(SIGN_IN, ALICE);
    assert.equal(response.status, 503);
    assert.deepEqual(await response.json(), { error: 'unavailable' });
    assert.equal(app.lastLine().reason, reason);
  });
}

test('a hanging Clerk ends at our own limit, with 503', async (context) => {
  const app = new App();
  app.clerk.answers.set('*', 'hang');
  const timeout = AbortSignal.timeout.bind(AbortSignal);
  context.mock.method(AbortSignal, 'timeout', (limit: number) => timeout(limit === 5_000 ? 20 : limit));
  const response = await app.post(SIGN_IN, ALICE);
  assert.equal(response.status, 503);
  assert.equal(app.lastLine().reason, 'clerk-timeout');
});

test('Clerk’s rate limit is passed on', async () => {
  const app = new App();
  app.clerk.answers.set('POST /v1/client/sign_ins', error(429, 'too_many_requests', undefined, { 'retry-after': '7' }));
  const response = await app.post(SIGN_IN, ALICE);
  assert.equal(response.status, 429);
  assert.equal(response.headers.get('retry-after'), '7');
  assert.equal(app.lastLine().reason, 'clerk-rate-limited');
});

test('a GET that met a closed connection is tried once more, a POST is not', async () => {
  const tried: string[] = [];
  const closed = async (_: unknown, init?: RequestInit) => {
    tried.push(init?.method ?? '');
    if (tried.length === 1) throw new TypeError('fetch failed');
    return Response.json([]);
  };
  const call = { url: new URL('https://api.clerk.com/v1/users'), headers: {}, signal: AbortSignal.timeout(1000) };
  assert.deepEqual((await callClerk(closed, { ...call, method: 'GET' })).body, []);
  tried.length = 0;
  await assert.rejects(callClerk(closed, { ...call, method: 'POST' }), { reason: 'clerk-unreachable' });
  assert.deepEqual(tried, ['POST']);
});

test('a session of another Clerk instance is refused as ours to mend', async () => {
  const app = new App();
  app.clerk.answers.set('POST /v1/client/sign_ins', {
    body: {
      response: { id: 'sia_1', status: 'complete', created_session_id: 'sess_9' },
      client: { sessions: [{ id: 'sess_9', last_active_token: { jwt: app.clerk.token({}, FOREIGN_KEY) } }] },
    },
    headers: { authorization: 'a.b.c' },
  });
  const response = await app.post(SIGN_IN, ALICE);
  assert.equal(response.status, 503);
  assert.equal(app.lastLine().reason, 'instance-mismatch');
});

test('without the secret it is 503 and says so in the log', async () => {
  const app = new App({ environment: {} });
  assert.equal((await app.post(SIGN_IN, ALICE)).status, 503);
  assert.equal(app.lastLine().reason, 'secret-missing');
});

test('guessing is braked per account and address', async () => {
  const app = new App();
  const wrong = { ...ALICE, password: 'wrong' };
  for (let attempt = 0; attempt < 10; attempt++) assert.equal((await app.post(SIGN_IN, wrong)).status, 401);
  const braked = await app.post(SIGN_IN, ALICE);
  assert.equal(braked.status, 429);
  assert.deepEqual(await braked.json(), { error: 'rate_limited' });
  assert.equal(braked.headers.get('retry-after'), '300');
  assert.equal((await app.post(SIGN_IN, { email: 'bob@example.com', password: 'wrong' })).status, 401, 'another account is not braked');
});

test('a right password ends the count', async () => {
  const app = new App();
  const wrong = { ...ALICE, password: 'wrong' };
  for (let round = 0; round < 3; round++) {
    for (let attempt = 0; attempt < 9; attempt++) await app.post(SIGN_IN, wrong);
    assert.equal((await app.post(SIGN_IN, ALICE)).status, 200);
  }
});

test('an outage of Clerk does not use up attempts', async () => {
  const app = new App();
  app.clerk.answers.set('*', 'refuse');
  for (let attempt = 0; attempt < 12; attempt++) assert.equal((await app.post(SIGN_IN, ALICE)).status, 503);
  app.clerk.answers.clear();
  assert.equal((await app.post(SIGN_IN, ALICE)).status, 200);
});

test('no log line holds an address, a password, a token or Clerk’s message', async () => {
  const app = new App();
  const tokens = await (await app.post(SIGN_IN, ALICE)).json();
  await app.post(SIGN_IN, { ...ALICE, password: 'wrong-Secret' });
  app.clerk.answers.set('*', error(400, 'alice@example.com'));
  await app.post(SIGN_IN, ALICE);
  const log = app.written.join('');
  for (const secret of ['alice@', 'example.com', 'alice-Passw0rd', 'wrong-Secret', tokens.accessToken, tokens.refreshToken, 'said no', 'sk_live']) {
    assert.ok(!log.toLowerCase().includes(secret.toLowerCase()), secret);
  }
});

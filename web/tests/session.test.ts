import assert from 'node:assert/strict';
import { test } from 'node:test';
import { App, ORIGIN } from './support/app.ts';

const REFRESH = '/api/auth/refresh';
const SIGN_OUT = '/api/auth/signout';
const cookie = (refreshToken: string) => ({ cookie: `theme=dark; __Host-refresh=${refreshToken}`, origin: ORIGIN });

test('an API client refreshes by the body and gets JSON', async () => {
  const app = new App();
  const { refreshToken } = app.clerk.session('user_alice', 'org_one');
  const response = await app.post(REFRESH, { refreshToken });
  assert.equal(response.status, 200);
  assert.equal((await response.json()).refreshToken, refreshToken);
  assert.equal(response.headers.get('set-cookie'), null);
});

test('a browser refreshes by the cookie, which is set anew and never stands in JSON', async () => {
  const app = new App();
  const { refreshToken } = app.clerk.session('user_alice', 'org_one');
  for (const headers of [cookie(refreshToken), { ...cookie(refreshToken), 'x-client': 'browser' }]) {
    const response = await app.ask(REFRESH, { method: 'POST', headers });
    assert.equal(response.status, 200);
    assert.equal((await response.json()).refreshToken, undefined);
    assert.match(response.headers.get('set-cookie') ?? '', /^__Host-refresh=sess_/);
  }
});

for (const path of [REFRESH, SIGN_OUT]) {
  for (const origin of ['https://evil.example', 'https://yourapp.com.evil.example', 'http://yourapp.com', 'null', undefined]) {
    test(`${path}: a cookie with Origin ${origin} is refused`, async () => {
      const app = new App();
      const { refreshToken, session } = app.clerk.session('user_alice', 'org_one');
      const headers = { cookie: `__Host-refresh=${refreshToken}`, ...(origin ? { origin } : {}) };
      const response = await app.ask(path, { method: 'POST', headers });
      assert.equal(response.status, 403);
      assert.deepEqual(await response.json(), { error: 'origin_refused' });
      assert.deepEqual(app.clerk.calls, []);
      assert.equal(session.revoked, false);
    });
  }
}

test('www is our own origin too', async () => {
  const app = new App();
  const { refreshToken } = app.clerk.session('user_alice', 'org_one');
  const headers = { ...cookie(refreshToken), origin: 'https://www.yourapp.com' };
  assert.equal((await app.ask(REFRESH, { method: 'POST', headers })).status, 200);
});

test('a cookie that is sent twice is not used', async () => {
  const app = new App();
  const { refreshToken } = app.clerk.session('user_alice', 'org_one');
  const headers = { cookie: `__Host-refresh=${refreshToken}; __Host-refresh=planted`, origin: ORIGIN };
  assert.equal((await app.ask(REFRESH, { method: 'POST', headers })).status, 401);
});

test('a session that is over is 401, and a browser loses the cookie', async () => {
  const app = new App();
  const { refreshToken, session } = app.clerk.session('user_alice', 'org_one');
  session.revoked = true;
  const api = await app.post(REFRESH, { refreshToken });
  assert.equal(api.status, 401);
  assert.equal(api.headers.get('set-cookie'), null);
  const browser = await app.ask(REFRESH, { method: 'POST', headers: cookie(refreshToken) });
  assert.equal(browser.status, 401);
  assert.match(browser.headers.get('set-cookie') ?? '', /^__Host-refresh=; .*Max-Age=0/);
});

test('an outage of Clerk leaves the browser its cookie', async () => {
  const app = new App();
  const { refreshToken } = app.clerk.session('user_alice', 'org_one');
  app.clerk.answers.set('*', 'refuse');
  const response = await app.ask(REFRESH, { method: 'POST', headers: cookie(refreshToken) });
  assert.equal(response.status, 503);
  assert.equal(response.headers.get('set-cookie'), null);
});

for (const refreshToken of ['x', 'sess_1', 'sess_1.a.b', `sess_../1.a.b.c`, `sess_1.${'a'.repeat(5000)}.b.c`]) {
  test(`the refresh token ${refreshToken.slice(0, 20)} is 401 and Clerk is not asked`, async () => {
    const app = new App();
    assert.equal((await app.post(REFRESH, { refreshToken })).status, 401);
    assert.equal(app.lastLine().reason, 'refresh-token-malformed');
    assert.deepEqual(app.clerk.calls, []);
  });
}

test('nothing at all is 401, a refresh token of another type 400', async () => {
  const app = new App();
  assert.equal((await app.post(REFRESH, {})).status, 401);
  assert.equal(app.lastLine().reason, 'token-missing');
  assert.equal((await app.post(REFRESH, { refreshToken: 5 })).status, 400);
});

test('a member whose session is in another organization gets a token of the tenant', async () => {
  const app = new App();
  const { refreshToken } = app.clerk.session('user_alice', 'org_two');
  const { accessToken } = await (await app.post(REFRESH, { refreshToken })).json();
  const claims = JSON.parse(Buffer.from(accessToken.split('.')[1], 'base64url').toString());
  assert.equal(claims.o.id, 'org_one');
});

test('a user of another tenant gets no token', async () => {
  const app = new App();
  const { refreshToken } = app.clerk.session('user_bob', 'org_two');
  const response = await app.post(REFRESH, { refreshToken });
  assert.equal(response.status, 403);
  assert.deepEqual(await response.json(), { error: 'tenant_refused' });
  assert.equal(app.lastLine().tenant, 'org_two');
});

test('signing out revokes the session and clears the cookie', async () => {
  const app = new App();
  const { refreshToken, session } = app.clerk.session('user_alice', 'org_one');
  const response = await app.ask(SIGN_OUT, { method: 'POST', headers: cookie(refreshToken) });
  assert.equal(response.status, 200);
  assert.equal(session.revoked, true);
  assert.match(response.headers.get('set-cookie') ?? '', /Max-Age=0/);
  assert.equal((await app.post(REFRESH, { refreshToken })).status, 401);
});

test('signing out a second time is fine', async () => {
  const app = new App();
  const { refreshToken } = app.clerk.session('user_alice', 'org_one');
  await app.post(SIGN_OUT, { refreshToken });
  assert.equal((await app.post(SIGN_OUT, { refreshToken })).status, 200);
  assert.equal(app.lastLine().reason, 'session-already-over');
});

test('knowing a session’s id does not end it', async () => {
  const app = new App();
  const { session } = app.clerk.session('user_alice', 'org_one');
  await app.post(SIGN_OUT, { refreshToken: `${session.id}.forged.client.jwt` });
  assert.equal(session.revoked, false);
});

test('with Clerk down the browser forgets the session, and hears that the server could not', async () => {
  const app = new App();
  const { refreshToken } = app.clerk.session('user_alice', 'org_one');
  app.clerk.answers.set('*', 'refuse');
  const response = await app.ask(SIGN_OUT, { method: 'POST', headers: cookie(refreshToken) });
  assert.equal(response.status, 503);
  assert.match(response.headers.get('set-cookie') ?? '', /Max-Age=0/);
});

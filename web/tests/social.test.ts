import assert from 'node:assert/strict';
import { test } from 'node:test';
import { App } from './support/app.ts';
import { error } from './support/fake-clerk.ts';

const CALLBACK = '/api/auth/social/callback';
const start = (app: App, provider = 'google') => app.ask(`/api/auth/social/${provider}`, { params: { provider } });

async function stateCookie(app: App): Promise<string> {
  const response = await start(app);
  return (response.headers.get('set-cookie') ?? '').split(';')[0]!;
}

async function finish(app: App, query = '?rotating_token_nonce=nonce'): Promise<Response> {
  return app.ask(CALLBACK, { headers: { cookie: await stateCookie(app) }, query });
}

test('the start leads to the provider and keeps its state in a short Lax cookie', async () => {
  const app = new App();
  const response = await start(app);
  assert.equal(response.status, 303);
  assert.match(response.headers.get('location') ?? '', /^https:\/\/accounts\.google\.com\//);
  const cookie = response.headers.get('set-cookie') ?? '';
  assert.match(cookie, /^__Host-social=sia_social\./);
  for (const attribute of ['HttpOnly', 'Secure', 'SameSite=Lax', 'Path=/', 'Max-Age=600']) assert.ok(cookie.includes(attribute), attribute);
  const form = new URLSearchParams(app.clerk.calls[0]!.body);
  assert.equal(form.get('strategy'), 'oauth_google');
  assert.equal(form.get('redirect_url'), 'https://yourapp.com/api/auth/social/callback');
});

test('a provider without a client id, or none at all, is 404', async () => {
  const app = new App();
  for (const provider of ['github', 'myspace', '__proto__']) {
    assert.equal((await start(app, provider)).status, 404);
    assert.equal(app.lastLine().reason, 'provider-unknown');
  }
  assert.deepEqual(app.clerk.calls, []);
});

test('the return signs in, in the tenant’s organization', async () => {
  const app = new App();
  const response = await finish(app);
  assert.equal(response.status, 303);
  assert.equal(response.headers.get('location'), 'https://yourapp.com/protected');
  const cookies = response.headers.getSetCookie();
  assert.match(cookies[0] ?? '', /^__Host-refresh=sess_.*SameSite=Strict/);
  assert.match(cookies[1] ?? '', /^__Host-social=;.*Max-Age=0/);
  assert.equal(app.clerk.sessions.at(-1)?.organization, 'org_one');
  assert.equal(app.lastLine().tenant, 'org_one');
  const read = app.clerk.calls.find(({ method, url }) => method === 'GET' && url.pathname === '/v1/client/sign_ins/sia_social')!;
  assert.equal(read.url.searchParams.get('rotating_token_nonce'), 'nonce');
});

const refusedWith = (response: Response, code: string) => {
  assert.equal(response.status, 303);
  assert.equal(response.headers.get('location'), `https://yourapp.com/sign-in?error=${code}`);
  assert.match(response.headers.get('set-cookie') ?? '', /^__Host-social=;/);
  assert.ok(!response.headers.getSetCookie().some((cookie) => cookie.startsWith('__Host-refresh=s')));
};

test('a user of another tenant is refused, and the session ended', async () => {
  const app = new App();
  app.clerk.social.userId = 'user_bob';
  refusedWith(await finish(app), 'tenant_refused');
  assert.equal(app.clerk.sessions.at(-1)?.revoked, true);
});

test('a new user who is a member of the tenant is signed up', async () => {
  const app = new App();
  app.clerk.social = { status: 'needs_identifier', verification: 'transferable', userId: 'org_one' };
  const response = await finish(app);
  assert.equal(response.headers.get('location'), 'https://yourapp.com/protected');
  assert.ok(app.clerk.users.some(({ id }) => id === 'user_social'));
});

test('a new user who is none is refused and not kept', async () => {
  const app = new App();
  app.clerk.social = { status: 'needs_identifier', verification: 'transferable', userId: null };
  refusedWith(await finish(app), 'tenant_refused');
  assert.ok(!app.clerk.users.some(({ id }) => id === 'user_social'));
});

test('who said no at the provider is led back', async () => {
  const app = new App();
  app.clerk.social = { status: 'needs_identifier', verification: 'failed', userId: null };
  refusedWith(await finish(app), 'sign_in_incomplete');
});

test('a return without the cookie or the nonce is refused without asking Clerk', async () => {
  const app = new App();
  refusedWith(await app.ask(CALLBACK, { query: '?rotating_token_nonce=n' }), 'bad_request');
  assert.equal(app.lastLine().reason, 'social-state-missing');
  refusedWith(await app.ask(CALLBACK, { headers: { cookie: '__Host-social=sia_1.a.b.c' } }), 'bad_request');
  assert.equal(app.lastLine().reason, 'social-nonce-missing');
  refusedWith(await app.ask(CALLBACK, { headers: { cookie: '__Host-social=../x' }, query: '?rotating_token_nonce=n' }), 'bad_request');
  assert.deepEqual(app.clerk.calls, []);
});

test('Clerk down, and a provider that is off in Clerk, lead back as unavailable', async () => {
  const app = new App();
  app.clerk.answers.set('*', error(400, 'oauth_provider_not_enabled'));
  refusedWith(await start(app), 'unavailable');
  assert.equal(app.lastLine().reason, 'social-oauth-provider-not-enabled');
  app.clerk.answers.set('*', 'refuse');
  refusedWith(await start(app), 'unavailable');
});

test('a redirect that is not https is not followed', async () => {
  const app = new App();
  app.clerk.answers.set('POST /v1/client/sign_ins', {
    body: { response: { id: 'sia_1', status: 'needs_identifier', first_factor_verification: { external_verification_redirect_url: 'javascript:alert(1)' } } },
    headers: { authorization: 'a.b.c' },
  });
  refusedWith(await start(app), 'unavailable');
});

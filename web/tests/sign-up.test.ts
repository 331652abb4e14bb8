import assert from 'node:assert/strict';
import { test } from 'node:test';
import { App } from './support/app.ts';
import { error } from './support/fake-clerk.ts';

const SIGN_UP = '/api/auth/signup';
const NEW = { email: 'new@example.com', password: 'new-Passw0rd' };

test('a new user becomes a member of the tenant’s organization and is signed in', async () => {
  const app = new App();
  const response = await app.post(SIGN_UP, NEW);
  assert.equal(response.status, 200);
  assert.equal(app.clerk.users.at(-1)?.organization, 'org_one');
  const { accessToken } = await response.json();
  const me = await app.ask('/api/auth/me', { headers: { authorization: `Bearer ${accessToken}` } });
  assert.equal((await me.json()).tenant.id, 'org_one');
  assert.equal(app.lines()[0]?.event, 'auth.signup');
});

for (const [name, given, status, body] of [
  ['a taken address', { ...NEW, email: 'alice@example.com' }, 409, { error: 'email_taken' }],
  ['a password known from a breach', { ...NEW, password: 'password' }, 422, { error: 'password_refused', code: 'form_password_pwned' }],
  ['a short password', { ...NEW, password: 'short' }, 400, { error: 'bad_request' }],
  ['a password over the bound', { ...NEW, password: 'x'.repeat(129) }, 400, { error: 'bad_request' }],
  ['a malformed address', { ...NEW, email: 'new@example' }, 400, { error: 'bad_request' }],
] as const) {
  test(`${name} is ${status}`, async () => {
    const app = new App();
    const users = app.clerk.users.length;
    const response = await app.post(SIGN_UP, given);
    assert.equal(response.status, status);
    assert.deepEqual(await response.json(), body);
    assert.equal(app.clerk.users.length, users);
  });
}

test('an address that Clerk finds malformed is 400', async () => {
  const app = new App();
  app.clerk.answers.set('POST /v1/users', error(422, 'form_param_format_invalid', 'email_address'));
  assert.equal((await app.post(SIGN_UP, NEW)).status, 400);
});

for (const [name, answer] of [
  ['refused', error(422, 'organization_membership_quota_exceeded')],
  ['unanswered', 'refuse'],
] as const) {
  test(`a membership that is ${name} deletes the user again`, async () => {
    const app = new App();
    app.clerk.answers.set('POST /v1/organizations/org_one/memberships', answer);
    const users = app.clerk.users.length;
    assert.equal((await app.post(SIGN_UP, NEW)).status, 503);
    assert.equal(app.clerk.users.length, users);
  });
}

test('a user that could not be deleted again is in the log', async () => {
  const app = new App();
  app.clerk.answers.set('POST /v1/organizations/org_one/memberships', 'refuse');
  app.clerk.answers.set('DELETE /v1/users/user_new3', 'refuse');
  assert.equal((await app.post(SIGN_UP, NEW)).status, 503);
  assert.deepEqual(app.lines().map(({ event, reason }) => [event, reason]), [
    ['server.error', 'clean-up-failed'],
    ['auth.signup', 'clerk-unreachable'],
  ]);
});

test('without the tenant’s organization no user is made', async () => {
  const app = new App({ publicSettings: { tenant: 'tenant_unknown' } });
  assert.equal((await app.post(SIGN_UP, NEW)).status, 503);
  assert.equal(app.lastLine().reason, 'tenant-unknown');
  assert.ok(!app.clerk.paths().includes('POST /v1/users'));
});

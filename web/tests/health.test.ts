import assert from 'node:assert/strict';
import { test } from 'node:test';
import { release } from '#lib/server-settings.ts';
import { App } from './support/app.ts';
import { FOREIGN_KEY, KEY, OTHER_SECRET_KEY, PUBLISHABLE_KEY, SECRET_KEY, error } from './support/fake-clerk.ts';

async function health(app: App) {
  const response = await app.ask('/api/health');
  return { status: response.status, body: await response.json() };
}

test('a working release is ok and tells what it is', async () => {
  const { status, body } = await health(new App());
  assert.equal(status, 200);
  assert.deepEqual(body, {
    status: 'ok',
    ...release,
    authentication: 'backend',
    checks: { secret: 'ok', instance: 'ok', tokens: 'ok' },
  });
});

for (const [name, environment, secret] of [
  ['no secret', {}, 'secret-missing'],
  ['a malformed secret', { CLERK_SECRET_KEY: 'sk_live_***' }, 'secret-malformed'],
  ['an unreadable file', { CLERK_DEPLOY_SECRETS_FILE: '/nonexistent/x' }, 'secret-unreadable'],
] as const) {
  test(`${name} is 503 with the reason`, async () => {
    const app = new App({ environment });
    const { status, body } = await health(app);
    assert.equal(status, 503);
    assert.equal(body.status, 'fail');
    assert.equal(body.checks.secret, secret);
    assert.equal(app.lastLine().reason, secret);
    assert.equal(app.lastLine().event, 'health');
  });
}

test('a secret of another Clerk instance fails', async () => {
  const app = new App();
  app.clerk.answers.set('clerk.yourapp.com', { body: { keys: [FOREIGN_KEY.jwk] } });
  const { status, body } = await health(app);
  assert.equal(status, 503);
  assert.equal(body.checks.instance, 'instance-mismatch');
});

test('a live publishable key with a test secret fails without asking', async () => {
  const app = new App({ environment: { CLERK_SECRET_KEY: 'sk_test_obviouslyFake0123456789' } });
  assert.equal((await health(app)).body.checks.instance, 'instance-mismatch');
  assert.deepEqual(app.clerk.calls, []);
});

test('a secret that Clerk refuses fails', async () => {
  const app = new App({ environment: { CLERK_SECRET_KEY: OTHER_SECRET_KEY } });
  const { status, body } = await health(app);
  assert.equal(status, 503);
  assert.equal(body.checks.instance, 'secret-refused');
});

test('a publishable key whose host knows nothing fails', async () => {
  const app = new App();
  app.clerk.answers.set('clerk.yourapp.com', error(404, 'resource_not_found'));
  assert.equal((await health(app)).body.checks.instance, 'publishable-key-refused');
});

test('demanded tokens that are missing fail', async () => {
  const app = new App({ environment: { CLERK_SECRET_KEY: SECRET_KEY, CLERK_DEPLOY_TRUST_EDGE: '1' } });
  const { status, body } = await health(app);
  assert.equal(status, 503);
  assert.equal(body.checks.tokens, 'tokens-missing');
});

test('Clerk down from the start: unknown, and not healthy', async () => {
  const app = new App();
  app.clerk.answers.set('*', 'refuse');
  const { status, body } = await health(app);
  assert.equal(status, 503);
  assert.equal(body.checks.instance, 'unknown');
  assert.equal(app.lastLine().reason, 'clerk-unreachable');
});

test('Clerk down later: what was right stays healthy', async () => {
  const app = new App();
  await health(app);
  app.clerk.answers.set('*', 'refuse');
  app.time += 6 * 60_000;
  assert.equal((await health(app)).body.checks.instance, 'ok');
  await new Promise((resolve) => setImmediate(resolve));
  const { status, body } = await health(app);
  assert.equal(status, 200);
  assert.equal(body.checks.instance, 'unknown');
});

test('Clerk is asked once for many checks, and for parallel ones', async () => {
  const app = new App();
  await Promise.all([health(app), health(app), health(app)]);
  await health(app);
  assert.deepEqual(app.clerk.paths().toSorted(), ['GET /.well-known/jwks.json', 'GET /v1/jwks']);
});

test('one key in common is enough: instances rotate their keys', async () => {
  const app = new App();
  app.clerk.answers.set('clerk.yourapp.com', { body: { keys: [FOREIGN_KEY.jwk, KEY.jwk] } });
  assert.equal((await health(app)).status, 200);
});

test('the report holds no secret', async () => {
  const app = new App();
  const { body } = await health(app);
  assert.ok(!JSON.stringify(body).includes(SECRET_KEY) && !JSON.stringify(body).includes(PUBLISHABLE_KEY));
});

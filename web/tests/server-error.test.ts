import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { recordError } from '#lib/start.ts';
import { App } from './support/app.ts';
import { VERIFICATION_TOKEN, behindEdge } from './support/behind-edge.ts';

const CONTEXT = { routerKind: 'App Router', routePath: '/protected', routeType: 'render', revalidateReason: undefined } as const;

async function thrown(app: App, headers: Record<string, string>) {
  await recordError(new TypeError('a value that nobody may read'), { path: '/protected?from=mail', method: 'GET', headers }, CONTEXT);
  return app.lastLine();
}

function signature(app: App): string {
  const seconds = Math.floor(app.time / 1000);
  const made = createHmac('sha256', VERIFICATION_TOKEN).update(`${seconds}\nGET\n/protected`).digest('hex');
  return `t=${seconds};v1=${made}`;
}

test('an error of a page is one line without its message', async () => {
  const app = behindEdge();
  const line = await thrown(app, {});
  assert.deepEqual([line.event, line.route, line.error, line.synthetic], ['server.error', '/protected', 'TypeError', false]);
  assert.ok(!app.written.join('').includes('nobody may read'));
});

test('an error that verification met is not a user’s', async () => {
  const app = behindEdge();
  assert.equal((await thrown(app, { 'x-verification': signature(app) })).synthetic, true);
  assert.equal((await thrown(app, { 'x-verification': 't=1;v1=00' })).synthetic, false);
});

test('an error is logged although the secrets cannot be read', async () => {
  const app = new App({ environment: { CLERK_DEPLOY_SECRETS_FILE: '/nonexistent/secrets.json', CLERK_DEPLOY_TRUST_EDGE: '1' } });
  assert.equal((await thrown(app, { 'x-verification': signature(app) })).event, 'server.error');
});

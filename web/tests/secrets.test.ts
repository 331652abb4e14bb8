import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { SecretProblem, parseSecrets, type Secrets } from '#lib/secrets/document.ts';
import { Secret } from '#lib/secrets/secret.ts';
import { readSecrets } from '#lib/secrets/source.ts';
import { SecretStore } from '#lib/secrets/store.ts';
import { OTHER_SECRET_KEY, PUBLISHABLE_KEY, SECRET_KEY } from './support/fake-clerk.ts';

type Line = { event: string; reason: string; error?: string };

const document = (key = SECRET_KEY, tokens: object = {}) =>
  JSON.stringify({ instances: { [PUBLISHABLE_KEY]: { CLERK_SECRET_KEY: key }, pk_live_other: { CLERK_SECRET_KEY: OTHER_SECRET_KEY } }, tokens });

test('the document gives the entry of the build’s own publishable key', () => {
  assert.equal(parseSecrets(document(), PUBLISHABLE_KEY).secretKey.reveal(), SECRET_KEY);
  assert.equal(parseSecrets(document(), 'pk_live_other').secretKey.reveal(), OTHER_SECRET_KEY);
});

test('a bare key, as a Docker secret holds it, is taken', () => {
  assert.equal(parseSecrets(`${SECRET_KEY}\n`, PUBLISHABLE_KEY).secretKey.reveal(), SECRET_KEY);
});

for (const [name, text, reason] of [
  ['nothing', ' \n', 'secret-missing'],
  ['no entry of the publishable key', document().replaceAll(PUBLISHABLE_KEY, 'pk_live_elsewhere'), 'secret-missing'],
  ['an empty entry', document(''), 'secret-missing'],
  ['an entry of another type', JSON.stringify({ instances: { [PUBLISHABLE_KEY]: { CLERK_SECRET_KEY: 5 } } }), 'secret-missing'],
  ['no instances', '{}', 'secret-missing'],
  ['broken JSON', '{"instances": ', 'secret-malformed'],
  ['a placeholder', document('sk_live_***'), 'secret-malformed'],
  ['a publishable key', PUBLISHABLE_KEY, 'secret-malformed'],
  ['prose', 'see the vault', 'secret-malformed'],
] as const) {
  test(`${name} is ${reason}`, () => {
    assert.throws(() => parseSecrets(text, PUBLISHABLE_KEY), { reason });
  });
}

test('tokens too short to be secret, and other types, admit nobody', () => {
  const { tokens } = parseSecrets(document(SECRET_KEY, { origin: ['', 'x', 5, null, 'a'.repeat(32)], verification: 'b'.repeat(32) }), PUBLISHABLE_KEY);
  assert.deepEqual(tokens.origin.map((token) => token.reveal()), ['a'.repeat(32)]);
  assert.deepEqual(tokens.verification, []);
});

test('a secret prints as stars everywhere', () => {
  const secret = new Secret(SECRET_KEY);
  for (const shown of [String(secret), `${secret}`, JSON.stringify({ secret }), inspect(secret), inspect({ secret }, { showHidden: true })]) {
    assert.ok(!shown.includes(SECRET_KEY), shown);
  }
});

function store(reads: (Secrets | Error)[]) {
  const clock = { now: 1_000_000 };
  const lines: Line[] = [];
  const slept: number[] = [];
  let count = 0;
  const it = new SecretStore({
    read: async () => {
      const next = reads[Math.min(count++, reads.length - 1)]!;
      if (next instanceof Error) throw next;
      return next;
    },
    log: (line) => void lines.push(line as Line),
    now: () => clock.now,
    sleep: async (milliseconds) => void slept.push(milliseconds),
  });
  return { clock, lines, slept, it, count: () => count };
}

const first = parseSecrets(document(), PUBLISHABLE_KEY);
const second = parseSecrets(document(OTHER_SECRET_KEY), PUBLISHABLE_KEY);
const denied = new SecretProblem('secret-unreadable', 'AccessDeniedException');
const background = () => new Promise((resolve) => setImmediate(resolve));

test('start-up waits for credentials that come late', async () => {
  const { it, lines, slept } = store([denied, denied, first]);
  await it.start();
  assert.deepEqual(slept, [300, 700]);
  assert.deepEqual(lines.map(({ event, reason }) => [event, reason]), [['startup.secret', 'ok']]);
  assert.equal(await it.get(), first);
});

test('start-up gives up after seconds, says the error’s name, and never throws', async () => {
  const { it, lines, count } = store([denied]);
  await it.start();
  assert.equal(count(), 4);
  assert.deepEqual({ ...lines[0], durationMs: 0 }, { event: 'startup.secret', reason: 'secret-unreadable', durationMs: 0, error: 'AccessDeniedException' });
  await assert.rejects(it.get(), { reason: 'secret-unreadable' });
});

test('the first request reads again, at most once a second, and parallel ones share the read', async () => {
  const { it, clock, count } = store([denied, denied, denied, denied, denied, first]);
  await it.start();
  clock.now += 1_000;
  await Promise.allSettled([it.get(), it.get(), it.get()]);
  assert.equal(count(), 5);
  await assert.rejects(it.get());
  assert.equal(count(), 5);
  clock.now += 1_000;
  assert.equal(await it.get(), first);
});

test('a copy of five minutes is refreshed in the background', async () => {
  const { it, clock, lines } = store([first, second]);
  await it.start();
  clock.now += 5 * 60_000 - 1;
  assert.equal(await it.get(), first);
  await background();
  assert.equal(await it.get(), first);
  clock.now += 1;
  assert.equal(await it.get(), first, 'no request waits');
  await background();
  assert.equal(await it.get(), second);
  assert.deepEqual(lines.map(({ event, reason }) => [event, reason]), [['startup.secret', 'ok'], ['secret.refresh', 'changed']]);
});

test('a refresh that fails keeps the old copy, is in the log, and is tried again after 30 s', async () => {
  const { it, clock, lines, count } = store([first, denied]);
  await it.start();
  clock.now += 5 * 60_000;
  for (let request = 0; request < 5; request++) {
    assert.equal(await it.get(), first);
    await background();
  }
  assert.equal(count(), 2);
  assert.deepEqual(lines.slice(1).map(({ event, reason, error }) => [event, reason, error]), [['secret.refresh', 'secret-unreadable', 'AccessDeniedException']]);
  clock.now += 30_000;
  await it.get();
  await background();
  assert.equal(count(), 3);
});

test('a key that Clerk refused is read again at once, but not for every request', async () => {
  const { it, clock, count } = store([first]);
  await it.start();
  for (let request = 0; request < 5; request++) {
    it.suspect();
    await it.get();
    await background();
  }
  assert.equal(count(), 1, 'it was just read');
  clock.now += 30_000;
  for (let request = 0; request < 5; request++) {
    it.suspect();
    await it.get();
    await background();
  }
  assert.equal(count(), 2);
});

const settings = { secretsArn: '', secretsFile: '', region: 'us-east-1' };

test('a file wins over Secrets Manager, and Secrets Manager over the environment', async () => {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'web-')), 'secret');
  writeFileSync(file, SECRET_KEY);
  const environment = { CLERK_SECRET_KEY: OTHER_SECRET_KEY };
  const read = (given: Partial<typeof settings>) => readSecrets({ settings: { ...settings, ...given }, publishableKey: PUBLISHABLE_KEY, environment });
  assert.equal((await read({ secretsFile: file, secretsArn: 'arn' })).secretKey.reveal(), SECRET_KEY);
  assert.equal((await read({})).secretKey.reveal(), OTHER_SECRET_KEY);
  await assert.rejects(read({ secretsFile: '/nonexistent' }), { reason: 'secret-unreadable', causeName: 'ENOENT' });
});

test('Secrets Manager is asked for the one secret; a refusal gives the error’s name alone', async (context) => {
  let answer: { status: number; body: object } = { status: 200, body: { SecretString: document() } };
  const asked: string[] = [];
  const server = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => asked.push(chunk.toString()));
    request.on('end', () => {
      response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => server.close());
  const before = { ...process.env };
  context.after(() => {
    process.env = before;
  });
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  });
  const secretsArn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:yourapp/production/secrets';
  const read = () => readSecrets({ settings: { ...settings, secretsArn }, publishableKey: PUBLISHABLE_KEY, environment: {} });
  assert.equal((await read()).secretKey.reveal(), SECRET_KEY);
  assert.deepEqual(JSON.parse(asked[0]!), { SecretId: secretsArn });
  answer = { status: 400, body: { __type: 'AccessDeniedException', message: `no access to ${secretsArn}` } };
  const problem = await read().catch((error: unknown) => error as SecretProblem);
  assert.ok(problem instanceof SecretProblem);
  assert.equal(problem.causeName, 'AccessDeniedException');
  assert.ok(!inspect(problem).includes('123456789012'));
});

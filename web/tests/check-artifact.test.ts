import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { checkArtifact } from '../scripts/check-artifact.mjs';
import { judgeAudit } from '../scripts/audit.mjs';
import { OTHER_SECRET_KEY, SECRET_KEY } from './support/fake-clerk.ts';

/** A build as Next leaves it, with two pages; `files` are added. */
function build(files: Record<string, string | Buffer> = {}, budget: object = { gzipKilobytes: 10 }): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'web-'));
  const all = {
    'bundle-budget.json': JSON.stringify(budget),
    '.next/BUILD_ID': 'a',
    '.next/app-path-routes-manifest.json': JSON.stringify({ '/page': '/', '/big/page': '/big', '/api/x/route': '/api/x', '/_not-found/page': '/_not-found' }),
    '.next/build-manifest.json': JSON.stringify({ rootMainFiles: ['static/chunks/main.js'] }),
    '.next/server/app/page_client-reference-manifest.js': '["/_slots/slot-a/_next/static/chunks/small.js"]',
    '.next/server/app/big/page_client-reference-manifest.js': '["/_next/static/chunks/big.js","/_next/static/chunks/big.js"]',
    '.next/static/chunks/main.js': 'a',
    '.next/static/chunks/small.js': 'b',
    // Random text does not compress much.
    '.next/static/chunks/big.js': Buffer.from(Array.from({ length: 20_000 }, (_, index) => (index * 7919 + (index * index) % 251) % 256)),
    ...files,
  };
  for (const [name, content] of Object.entries(all)) {
    mkdirSync(path.dirname(path.join(directory, name)), { recursive: true });
    writeFileSync(path.join(directory, name), content);
  }
  return directory;
}

const WIDE = { gzipKilobytes: 1000 };

test('a clean build has no problem and a report', () => {
  const { report, problems } = checkArtifact({ directory: build({}, WIDE), environment: { CLERK_SECRET_KEY: SECRET_KEY } });
  assert.deepEqual(problems, []);
  assert.match(report, /no secret/);
  assert.match(report, /kB of 1000 {2}\/big\n/);
  assert.ok(!report.includes('_not-found'));
});

const base64 = (text: string) => Buffer.from(text).toString('base64');

for (const [name, content] of [
  ['as it is', `const key = "${SECRET_KEY}"`],
  ['in a compressed file', gzipSync(`x ${SECRET_KEY} y`)],
  ['in base64', base64(SECRET_KEY)],
  ['in base64, one byte off', base64(`x${SECRET_KEY}`)],
  ['in base64, two bytes off, with more behind', base64(`xy${SECRET_KEY}, and more`)],
  ['in hex', Buffer.from(SECRET_KEY).toString('hex')],
  ['in bytes that are no text', Buffer.concat([Buffer.from([0xff, 0xfe, 0]), Buffer.from(SECRET_KEY), Buffer.from([0x80])])],
] as const) {
  test(`the secret key ${name} is found, and not printed`, () => {
    const directory = build({ '.next/standalone/server/chunk.bin': content }, WIDE);
    const { report, problems } = checkArtifact({ directory, environment: { CLERK_SECRET_KEY: SECRET_KEY } });
    assert.equal(problems.length, 1);
    assert.ok(problems[0]?.startsWith('.next/standalone/server/chunk.bin holds the value of CLERK_SECRET_KEY.'));
    assert.ok(!(report + problems.join('')).includes(SECRET_KEY));
  });
}

test('a secret that this environment does not know is found by its shape', () => {
  for (const content of [OTHER_SECRET_KEY, 'AKIAOBVIOUSLYFAKE234', '-----BEGIN RSA PRIVATE KEY-----\\nMIIEobviouslyFakeKeyMaterial', 'whsec_obviouslyFake0123456789']) {
    const { problems } = checkArtifact({ directory: build({ '.next/standalone/.env': `X=${content}` }, WIDE), environment: {} });
    assert.equal(problems.length, 1, content);
    assert.ok(!problems[0]?.includes(content));
  }
});

test('a PEM with line ends is found in its JSON form', () => {
  const pem = '-----BEGIN PUBLIC KEY-----\nMIIBobviouslyFake\n-----END PUBLIC KEY-----';
  const { problems } = checkArtifact({ directory: build({ '.next/x.json': JSON.stringify({ pem }) }, WIDE), environment: { CLERK_JWT_KEY: pem } });
  assert.equal(problems.length, 1);
});

test('what only looks like a secret is left alone', () => {
  const clerks = 'if (key.startsWith("sk_live_") || key.startsWith("sk_test_")) throw "-----BEGIN PRIVATE KEY-----"';
  const { problems } = checkArtifact({
    directory: build({ '.next/server/clerk.js': `${clerks} pk_live_Y2xlcmsueW91cmFwcC5jb20k`, '.next/x': 'arn:aws:secretsmanager:x' }, WIDE),
    environment: { CLERK_DEPLOY_SECRETS_ARN: 'arn:aws:secretsmanager:x', CLERK_SECRET_KEY: '', SHORT_TOKEN: 'chunk' },
  });
  assert.deepEqual(problems, []);
});

test('a page over the budget is named, with its size and what to do', () => {
  const { problems } = checkArtifact({ directory: build({}, { gzipKilobytes: 0.5 }), environment: {} });
  assert.equal(problems.length, 1);
  assert.match(problems[0]!, /^\/big loads [\d.]+ kB of scripts, over its budget of 0\.5 kB\. .*bundle-budget\.json/);
});

test('a page may have a budget of its own', () => {
  const { problems } = checkArtifact({ directory: build({}, { gzipKilobytes: 0.5, pages: { '/big': 100 } }), environment: {} });
  assert.deepEqual(problems, []);
});

test('no build at all says so', () => {
  const { problems } = checkArtifact({ directory: mkdtempSync(path.join(tmpdir(), 'web-')), environment: {} });
  assert.deepEqual(problems, ['There is no finished build in .next. Run `npm run build`.']);
});

test('the audit tells none, some, and could not ask apart', () => {
  assert.equal(judgeAudit(auditOf(0, 0)).code, 0);
  const some = judgeAudit(auditOf(1, 0));
  assert.equal(some.code, 1);
  assert.match(some.message, /leftpad <2 \(high\)/);
  assert.ok(!some.message.includes('mild'));
  assert.equal(judgeAudit(JSON.stringify({ message: '405 Method Not Allowed - POST https://x', error: {} })).code, 5);
  assert.equal(judgeAudit('').code, 5);
});

function auditOf(high: number, critical: number): string {
  return JSON.stringify({
    metadata: { vulnerabilities: { low: 3, high, critical } },
    vulnerabilities: { leftpad: { name: 'leftpad', severity: 'high', range: '<2' }, mild: { name: 'mild', severity: 'low', range: '*' } },
  });
}

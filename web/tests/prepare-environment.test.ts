import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { quoteDotenv } from '../scripts/dotenv.mjs';
import { prepareEnvironment } from '../scripts/prepare-environment.mjs';
import { PUBLISHABLE_KEY, SECRET_KEY } from './support/fake-clerk.ts';

const COMMIT = '175cb15d43008cd97406e96bb12de58da4d2de85';
const GIVEN = {
  NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY: PUBLISHABLE_KEY,
  NEXT_PUBLIC_API_BASE_URL: 'https://api.yourapp.com',
  NEXT_PUBLIC_TENANT_ID: 'tenant_production_001',
  NEXT_PUBLIC_APP_URL: 'https://yourapp.com',
  RELEASE_REVISION: '6f9619ff-8b86',
  RELEASE_SLOT: 'slot-b',
  AWS_JOB_ID: '0000000012',
};

function prepare(more: Record<string, string> = {}, { dotenvFiles = {}, commit = COMMIT, without = '' }: { dotenvFiles?: Record<string, string>; commit?: string; without?: string } = {}) {
  const environment: Record<string, string | undefined> = { ...GIVEN, ...more };
  delete environment[without];
  return prepareEnvironment({ environment, dotenvFiles, commit: () => commit });
}

/** As Next reads it when the server starts. */
async function readByNext(text: string): Promise<Record<string, string | undefined>> {
  const folder = mkdtempSync(path.join(tmpdir(), 'web-'));
  writeFileSync(path.join(folder, '.env.production'), text);
  const { default: nextEnv } = await import('@next/env');
  const before = process.env;
  process.env = { NODE_ENV: 'production' };
  try {
    const { loadedEnvFiles } = nextEnv.loadEnvConfig(folder, false, { info() {}, error() {} }, true);
    const names = Object.keys(loadedEnvFiles[0]?.env ?? {});
    return Object.fromEntries(names.map((name) => [name, process.env[name]]));
  } finally {
    process.env = before;
  }
}

test('the release comes from git and from Amplify', () => {
  const { environment, problems } = prepare();
  assert.deepEqual(problems, []);
  assert.equal(environment.RELEASE_COMMIT, COMMIT);
  assert.equal(environment.RELEASE_JOB, '0000000012');
  assert.equal(environment.RELEASE_SLOT, 'slot-b');
  assert.equal(environment.CLERK_DEPLOY_ASSET_PREFIX, '/_slots/slot-b');
});

test('a container build gives the release itself', () => {
  const { environment, problems } = prepare({ RELEASE_COMMIT: COMMIT, RELEASE_JOB: '-', RELEASE_SLOT: 'containers' }, { commit: '' });
  assert.deepEqual(problems, []);
  assert.equal(environment.CLERK_DEPLOY_ASSET_PREFIX, '/_releases/175cb15d4300-6f9619ff');
});

test('a build on your machine has no asset prefix', () => {
  assert.equal(prepare({ RELEASE_SLOT: 'local' }).environment.CLERK_DEPLOY_ASSET_PREFIX, undefined);
});

for (const name of Object.keys(GIVEN)) {
  test(`${name} missing, and blank, is a problem that names a variable`, () => {
    const wanted = { AWS_JOB_ID: 'RELEASE_JOB' }[name] ?? name;
    for (const { problems } of [prepare({}, { without: name }), prepare({ [name]: '  ' })]) {
      assert.equal(problems.length, 1);
      assert.ok(problems[0]?.startsWith(`${wanted} is missing: `), problems[0]);
    }
  });
}

test('no git is a problem, and all problems come together', () => {
  const { problems } = prepare({ NEXT_PUBLIC_TENANT_ID: '' }, { commit: '' });
  assert.deepEqual(problems.map((problem) => problem.split(' ')[0]), ['NEXT_PUBLIC_TENANT_ID', 'RELEASE_COMMIT']);
});

test('a release that an earlier build left in a file is not taken', () => {
  const dotenvFiles = { '.env.production': "RELEASE_COMMIT='0000'\nRELEASE_REVISION='old'\n" };
  const { environment } = prepare({}, { dotenvFiles });
  assert.equal(environment.RELEASE_COMMIT, COMMIT);
  assert.equal(environment.RELEASE_REVISION, '6f9619ff-8b86');
  assert.equal(prepare({}, { dotenvFiles, without: 'RELEASE_REVISION' }).problems.length, 1);
});

test('a blank variable does not hide a file’s value', () => {
  const dotenvFiles = { '.env.production': 'NEXT_PUBLIC_GOOGLE_CLIENT_ID=google-id\n' };
  const { environment } = prepare({ NEXT_PUBLIC_GOOGLE_CLIENT_ID: '', NEXT_PUBLIC_GITHUB_CLIENT_ID: '' }, { dotenvFiles });
  assert.equal(environment.NEXT_PUBLIC_GOOGLE_CLIENT_ID, 'google-id');
  assert.ok(!('NEXT_PUBLIC_GITHUB_CLIENT_ID' in environment));
});

for (const [name, value] of [
  ['a Clerk key', SECRET_KEY],
  ['a webhook secret', 'whsec_obviouslyFake0123456789'],
  ['a private key', '-----BEGIN PRIVATE KEY-----\nMIIEobviouslyFakeKeyMaterial\n'],
  ['an AWS key id', 'AKIAOBVIOUSLYFAKE234'],
  ['a GitHub token', 'github_pat_obviouslyFake0123456789'],
]) {
  test(`${name} under a public name is refused, and not printed`, () => {
    const { problems } = prepare({ NEXT_PUBLIC_ANYTHING: value! });
    assert.equal(problems.length, 1);
    assert.ok(problems[0]?.startsWith('NEXT_PUBLIC_ANYTHING holds '));
    assert.ok(!problems.join('').includes(value!));
  });
}

test('the value of a secret under a public name is refused, whatever it looks like', () => {
  const { problems } = prepare({ MY_API_TOKEN: 'correct-horse-battery', NEXT_PUBLIC_TENANT_ID: 'x-correct-horse-battery' });
  assert.deepEqual(problems, ['NEXT_PUBLIC_TENANT_ID holds the value of MY_API_TOKEN, and would stand in every page. Remove it.']);
});

test('a secret in .env or .env.production is refused', () => {
  for (const file of ['.env', '.env.production']) {
    const { problems } = prepare({}, { dotenvFiles: { [file]: `CLERK_SECRET_KEY=${SECRET_KEY}\n` } });
    assert.equal(problems.length, 1);
    assert.ok(problems[0]?.startsWith(`${file} holds CLERK_SECRET_KEY`));
    assert.ok(!problems[0]?.includes(SECRET_KEY));
  }
});

test('the build gets no secret of the environment', () => {
  const { environment } = prepare({ CLERK_SECRET_KEY: SECRET_KEY, CLERK_JWT_KEY: 'pem', CLERK_WEBHOOK_SIGNING_SECRET: 'whsec_x', PATH: '/bin' });
  for (const name of ['CLERK_SECRET_KEY', 'CLERK_JWT_KEY', 'CLERK_WEBHOOK_SIGNING_SECRET']) assert.ok(!(name in environment), name);
  assert.equal(environment.PATH, '/bin');
});

test('the named variables reach the server as they are, and no others', async () => {
  const values = {
    CLERK_API_URL: 'https://api.clerk.com',
    CLERK_DEPLOY_SECRETS_ARN: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:yourapp/production/secrets-a1b2',
    PLAIN_SENTENCE: 'it costs $5 (# not a comment), "quoted" \\n & more',
    PLAIN_QUOTE: "it's",
    PLAIN_DOLLARS: '$HOME ${HOME} \\$x',
    PLAIN_LINES: 'one\ntwo',
    PLAIN_EQUALS: '=a=b=',
  };
  const names = [...Object.keys(values), 'ABSENT', 'RELEASE_COMMIT'].join(' ');
  const { runtimeFile, problems } = prepare({ ...values, CLERK_DEPLOY_RUNTIME_VARIABLES: `  ${names}  ` });
  assert.deepEqual(problems, []);
  assert.deepEqual(await readByNext(runtimeFile), { ...values, RELEASE_COMMIT: COMMIT });
});

test('lines of your own in .env.production are kept, ours are replaced', async () => {
  const dotenvFiles = { '.env.production': '# mine\nMINE=1\nCLERK_API_URL=old\nexport CLERK_API_URL=older\nXCLERK_API_URL=kept\n' };
  const { runtimeFile } = prepare({ CLERK_API_URL: 'new', CLERK_DEPLOY_RUNTIME_VARIABLES: 'CLERK_API_URL' }, { dotenvFiles });
  assert.equal(runtimeFile, "# mine\nMINE=1\nXCLERK_API_URL=kept\nCLERK_API_URL='new'\n");
});

test('a secret, a name that is none, and a secret’s value are not written', () => {
  const names = 'CLERK_SECRET_KEY MY_TOKEN lower-case PLAIN';
  const { runtimeFile, problems } = prepare({ CLERK_SECRET_KEY: SECRET_KEY, MY_TOKEN: 'x', PLAIN: `key=${SECRET_KEY}`, CLERK_DEPLOY_RUNTIME_VARIABLES: names });
  assert.equal(problems.length, 4);
  assert.ok(!runtimeFile.includes(SECRET_KEY));
  assert.ok(!problems.join('').includes(SECRET_KEY));
});

test('a value that no quotes can hold says so', () => {
  assert.equal(quoteDotenv('\'"`'), null);
  const { problems } = prepare({ PLAIN: '\'"`', CLERK_DEPLOY_RUNTIME_VARIABLES: 'PLAIN' });
  assert.deepEqual(problems, ['PLAIN has all three kinds of quotes: no .env file can hold it.']);
});

/**
 * The environment of a build: blanks removed, required variables there, no secret under a public
 * name, the release known. Pure but for reading `.env` files: build.mjs writes and runs.
 */
import { parseEnv } from 'node:util';
import { quoteDotenv } from './dotenv.mjs';
import { isSecretName, secretShapeIn } from './secret-shapes.mjs';

const REQUIRED = {
  NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY: 'the publishable key of the Clerk instance (pk_live_...)',
  NEXT_PUBLIC_API_BASE_URL: "the backend's address",
  NEXT_PUBLIC_TENANT_ID: 'the tenant that this deployment serves',
  NEXT_PUBLIC_APP_URL: "this site's address",
};

const RELEASE = {
  RELEASE_COMMIT: 'the commit, from `git rev-parse HEAD`; in an image build pass it as a build argument',
  RELEASE_JOB: 'the build job, from AWS_JOB_ID; "-" where there is none',
  RELEASE_SLOT: 'the slot, a variable of the Amplify branch; "containers" in an image, "local" on your machine',
  RELEASE_REVISION: 'the revision of the variables; "local" on your machine',
};

/**
 * @typedef {Record<string, string | undefined>} Environment
 * @param {{ environment: Environment, dotenvFiles: Record<string, string>, commit: () => string }} given
 *   `dotenvFiles` are the texts of `.env` and `.env.production`, by name; `commit` asks git, or gives ''.
 * @returns {{ environment: Record<string, string>, runtimeFile: string, problems: string[] }}
 */
export function prepareEnvironment({ environment, dotenvFiles, commit }) {
  const problems = [];
  /** @type {Record<string, string>} */
  const found = {};
  for (const [name, text] of Object.entries(dotenvFiles)) {
    problems.push(...secretsInFile(name, text));
    Object.assign(found, withoutBlanks(parseEnv(text)));
  }
  // A blank variable would be inlined as "" and hide the value of a file.
  Object.assign(found, withoutBlanks(environment));

  // Never from a file: an earlier build left its own release there.
  for (const name of Object.keys(RELEASE)) delete found[name];
  Object.assign(found, withoutBlanks(releaseOf(withoutBlanks(environment), commit)));
  for (const [name, what] of Object.entries({ ...REQUIRED, ...RELEASE })) {
    if (!found[name]) problems.push(`${name} is missing: ${what}.`);
  }
  problems.push(...publicSecrets(found));
  const prefix = found.CLERK_DEPLOY_ASSET_PREFIX ?? assetPrefix(found);
  if (prefix) found.CLERK_DEPLOY_ASSET_PREFIX = prefix;

  const runtime = runtimeVariables(found, problems);
  return {
    environment: Object.fromEntries(Object.entries(found).filter(([name]) => !isSecretName(name) || name.startsWith('AWS_'))),
    runtimeFile: mergeDotenv(dotenvFiles['.env.production'] ?? '', runtime),
    problems,
  };
}

/** @param {Environment} values @returns {Record<string, string>} */
function withoutBlanks(values) {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined || value.trim() === '' ? [] : [[name, value]])),
  );
}

/** @param {Record<string, string>} found @param {() => string} commit */
function releaseOf(found, commit) {
  return {
    RELEASE_COMMIT: found.RELEASE_COMMIT ?? commit(),
    RELEASE_JOB: found.RELEASE_JOB ?? found.AWS_JOB_ID ?? '',
    RELEASE_SLOT: found.RELEASE_SLOT ?? '',
    RELEASE_REVISION: found.RELEASE_REVISION ?? '',
  };
}

/** Where the edge serves this release's static files, also after another release went live. @param {Record<string, string>} found */
function assetPrefix(found) {
  const slot = found.RELEASE_SLOT ?? '';
  if (/^slot-[a-z]$/.test(slot)) return `/_slots/${slot}`;
  if (slot !== 'containers') return '';
  return `/_releases/${found.RELEASE_COMMIT?.slice(0, 12)}-${found.RELEASE_REVISION?.slice(0, 8)}`;
}

/** @param {string} file @param {string} text */
function secretsInFile(file, text) {
  const named = Object.entries(parseEnv(text)).filter(([name, value]) => value !== '' && isSecretName(name));
  const problems = named.map(([name]) => `${file} holds ${name}: Next copies this file into the artifact. Keep secrets in .env.local.`);
  const shape = secretShapeIn(text);
  if (shape && problems.length === 0) problems.push(`${file} holds ${shape}: Next copies this file into the artifact.`);
  return problems;
}

/** @param {Record<string, string>} found */
function publicSecrets(found) {
  const secrets = Object.entries(found).filter(([name, value]) => isSecretName(name) && value.length >= 16);
  return Object.entries(found).flatMap(([name, value]) => {
    if (!name.startsWith('NEXT_PUBLIC_')) return [];
    const shape = secretShapeIn(value);
    if (shape) return [`${name} holds ${shape}, and would stand in every page. Remove it, and replace the secret: it may have been seen.`];
    const same = secrets.find(([, secret]) => value.includes(secret));
    return same ? [`${name} holds the value of ${same[0]}, and would stand in every page. Remove it.`] : [];
  });
}

/** The variables that the server needs when it runs: hosts give a build's variables to the build alone. */
function runtimeVariables(/** @type {Record<string, string>} */ found, /** @type {string[]} */ problems) {
  /** @type {Record<string, string>} */
  const runtime = {};
  for (const name of new Set((found.CLERK_DEPLOY_RUNTIME_VARIABLES ?? '').split(/\s+/).filter(Boolean))) {
    const value = found[name];
    if (!/^[A-Z][A-Z0-9_]*$/.test(name)) problems.push(`CLERK_DEPLOY_RUNTIME_VARIABLES: ${JSON.stringify(name)} is no variable's name.`);
    else if (isSecretName(name)) problems.push(`CLERK_DEPLOY_RUNTIME_VARIABLES names ${name}: a secret is read from the secret store at run time.`);
    else if (value !== undefined && secretShapeIn(value)) problems.push(`${name} holds ${secretShapeIn(value)}: it must not be written to .env.production.`);
    else if (value !== undefined && quoteDotenv(value) === null) problems.push(`${name} has all three kinds of quotes: no .env file can hold it.`);
    else if (value !== undefined) runtime[name] = value;
  }
  return runtime;
}

/** @param {string} before @param {Record<string, string>} values */
function mergeDotenv(before, values) {
  const kept = before.split('\n').filter((line) => {
    const name = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=/.exec(line)?.[1];
    return !(name !== undefined && name in values);
  });
  const head = kept.join('\n').trimEnd();
  const lines = Object.entries(values).map(([name, value]) => `${name}=${quoteDotenv(value)}`);
  return [...(head ? [head] : []), ...lines].join('\n') + '\n';
}

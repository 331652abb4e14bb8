/**
 * The build, the same on Amplify, in an image and on your machine: environment, `next build`, and the
 * checks of what came out. Ends with exit code 1 and what to do when one of them says no.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { checkArtifact } from './check-artifact.mjs';
import { prepareEnvironment } from './prepare-environment.mjs';

const directory = path.dirname(import.meta.dirname);

function main() {
  const { environment, runtimeFile, problems } = prepareEnvironment({
    environment: process.env,
    dotenvFiles: Object.fromEntries(['.env', '.env.production'].map((name) => [name, read(name)])),
    commit,
  });
  if (problems.length > 0) return fail('The build has not what it needs', problems);
  if (runtimeFile.trim() !== '') writeFileSync(path.join(directory, '.env.production'), runtimeFile);

  const next = createRequire(import.meta.url).resolve('next/dist/bin/next');
  const { status, error } = spawnSync(process.execPath, [next, 'build'], {
    cwd: directory,
    env: { ...environment, NEXT_TELEMETRY_DISABLED: '1' },
    stdio: 'inherit',
  });
  if (status !== 0) return fail('next build failed', [error ? error.message : 'Its own message stands above.']);

  const { report, problems: found } = checkArtifact({ directory, environment: process.env });
  process.stdout.write(`${report}\n`);
  return found.length > 0 ? fail('The build must not be deployed', found) : 0;
}

function read(/** @type {string} */ name) {
  const file = path.join(directory, name);
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

function commit() {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { cwd: directory, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return '';
  }
}

function fail(/** @type {string} */ title, /** @type {string[]} */ problems) {
  process.stderr.write(`\n${title}:\n${problems.map((problem) => `  - ${problem}\n`).join('')}`);
  return 1;
}

process.exitCode = main();

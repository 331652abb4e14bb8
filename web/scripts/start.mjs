/**
 * Starts the server in a container: first this release's static files go where the edge serves them,
 * and a stop lets traffic drain before the server closes its port.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { keepRelease, releaseName } from './releases.mjs';

const directory = path.dirname(import.meta.dirname);

/** The edge looks up its upstreams each second: longer than that, shorter than the stop's grace. */
const DRAIN_MS = Number(process.env.CLERK_DEPLOY_DRAIN_MS ?? 2500);

const folder = process.env.CLERK_DEPLOY_RELEASES ?? '/releases';
if (existsSync(folder)) {
  try {
    keepRelease({ folder, release: releaseName(process.env), files: path.join(directory, '.next', 'static') });
  } catch (error) {
    // The edge asks the server itself for files that the folder lacks.
    const reason = error instanceof Error ? error.message : String(error);
    process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), event: 'startup.releases', reason: 'not-kept', error: reason })}\n`);
  }
}

/** @type {NodeJS.SignalsListener[]} */
const closers = [];
let draining = false;

/** @type {NodeJS.SignalsListener} */
function drain(signal) {
  if (draining) return;
  draining = true;
  setTimeout(() => {
    if (closers.length === 0) process.exit(0);
    for (const close of closers) close(signal);
  }, DRAIN_MS);
}

process.on('SIGTERM', drain);
// Next closes its port as soon as it is told to stop: its handler has to wait.
process.on('newListener', (event, listener) => {
  if (event !== 'SIGTERM') return;
  closers.push(/** @type {NodeJS.SignalsListener} */ (listener));
  setImmediate(() => process.off('SIGTERM', /** @type {NodeJS.SignalsListener} */ (listener)));
});

await import(pathToFileURL(path.join(directory, 'server.js')).href);

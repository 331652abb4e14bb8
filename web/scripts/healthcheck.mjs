/** Docker's health check: asks the server in this container what matters, and says why it is not well. */
import { existsSync } from 'node:fs';
import { markRelease, releaseName } from './releases.mjs';

const folder = process.env.CLERK_DEPLOY_RELEASES ?? '/releases';

try {
  const answer = await fetch(`http://127.0.0.1:${process.env.PORT ?? 3000}/api/health`, { signal: AbortSignal.timeout(4500) });
  const text = await answer.text();
  if (!answer.ok) fail(`health answered ${answer.status}: ${text.slice(0, 500)}`);
} catch (error) {
  fail(`no answer: ${error instanceof Error ? error.name : 'unknown'}`);
}
// The newest releases stay, and "newest" means: ran well last.
if (existsSync(folder)) {
  try {
    markRelease({ folder, release: releaseName(process.env) });
  } catch {
    // Says nothing about the server.
  }
}

/** @param {string} reason @returns {never} */
function fail(reason) {
  process.stdout.write(`${reason}\n`);
  process.exit(1);
}

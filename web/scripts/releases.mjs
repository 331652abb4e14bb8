/**
 * Static files of releases in a folder that the edge serves: a page that a browser loaded before an
 * update still finds its scripts. Each release's tasks put theirs there; the newest few stay.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Its time says when the release last ran well: healthcheck.mjs touches it. */
const MARK = '.ran-at';

/** How many releases stay, this one among them. */
const KEPT = 8;

/** @param {NodeJS.ProcessEnv} environment The name in the path that the build chose as assetPrefix. */
export function releaseName(environment) {
  return `${(environment.RELEASE_COMMIT ?? '').slice(0, 12)}-${(environment.RELEASE_REVISION ?? '').slice(0, 8)}`;
}

/**
 * Puts the static files of this release beside those of the others. Safe to run in several tasks at once.
 * @param {{ folder: string, release: string, files: string }} given
 */
export function keepRelease({ folder, release, files }) {
  const target = path.join(folder, release);
  if (!existsSync(target)) {
    // Whole or not at all: the edge must not serve half of a release.
    const draft = path.join(folder, `.draft-${release}-${process.pid}-${Date.now()}`);
    mkdirSync(path.join(draft, '_next'), { recursive: true });
    cpSync(files, path.join(draft, '_next', 'static'), { recursive: true });
    writeFileSync(path.join(draft, MARK), '');
    try {
      renameSync(draft, target);
    } catch {
      // Another task of this release was faster.
      rmSync(draft, { recursive: true, force: true });
    }
  }
  markRelease({ folder, release });
  prune(folder, release);
}

/** Says that a release runs. @param {{ folder: string, release: string }} given */
export function markRelease({ folder, release }) {
  writeFileSync(path.join(folder, release, MARK), '');
}

/** @param {string} folder @param {string} own */
function prune(folder, own) {
  const others = readdirSync(folder)
    .filter((name) => name !== own && !name.startsWith('.') && name !== 'lost+found')
    .map((name) => ({ name, ranAt: ranAt(path.join(folder, name)) }))
    .toSorted((a, b) => b.ranAt - a.ranAt);
  for (const { name } of others.slice(KEPT - 1)) rmSync(path.join(folder, name), { recursive: true, force: true });
  // What a task left that was ended in the middle of copying.
  const hourAgo = Date.now() - 3_600_000;
  for (const name of readdirSync(folder).filter((entry) => entry.startsWith('.draft-'))) {
    if (ranAt(path.join(folder, name)) < hourAgo) rmSync(path.join(folder, name), { recursive: true, force: true });
  }
}

/** @param {string} release */
function ranAt(release) {
  const mark = statSync(path.join(release, MARK), { throwIfNoEntry: false });
  return (mark ?? statSync(release, { throwIfNoEntry: false }))?.mtimeMs ?? 0;
}

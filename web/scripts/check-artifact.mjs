/**
 * What came out of the build: no secret in any file of .next, and no page whose scripts are over the
 * budget. Run by build.mjs; by itself: `node scripts/check-artifact.mjs`.
 */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { SECRET_SHAPES, isSecretName } from './secret-shapes.mjs';

/**
 * @param {{ directory: string, environment: Record<string, string | undefined> }} given
 * @returns {{ report: string, problems: string[] }}
 */
export function checkArtifact({ directory, environment }) {
  const output = path.join(directory, '.next');
  const files = filesOf(output);
  if (!files.includes(path.join(output, 'BUILD_ID'))) {
    return { report: '', problems: ['There is no finished build in .next. Run `npm run build`.'] };
  }
  const leaks = leaksIn(files, output, needlesOf(environment));
  const pages = pageSizes(output);
  const budget = readBudget(directory);
  const report = [
    `Artifact: ${files.length} files looked at, ${leaks.length === 0 ? 'no secret' : `${leaks.length} with a secret`}.`,
    'Scripts of a page, gzip:',
    ...pages.map(({ page, kilobytes }) => `  ${kilobytes.toFixed(1).padStart(7)} kB of ${limitOf(budget, page)}  ${page}`),
  ].join('\n');
  return { report, problems: [...leaks, ...overBudget(pages, budget)] };
}

/** @param {string} folder @returns {string[]} */
function filesOf(folder) {
  try {
    const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name)).toSorted();
  } catch {
    return [];
  }
}

/**
 * The values of this build's secrets, in the forms in which a file could hold them.
 * @param {Record<string, string | undefined>} environment
 */
function needlesOf(environment) {
  return Object.entries(environment).flatMap(([name, value]) => {
    if (!isSecretName(name) || value === undefined || value.trim().length < 12) return [];
    const secret = value.trim();
    const forms = [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret), Buffer.from(secret).toString('hex'), ...base64Forms(secret)];
    return [...new Set(forms)].map((form) => ({ name, bytes: Buffer.from(form) }));
  });
}

/** Base64 of a text depends on where it stands in what is encoded: three alignments, ends that mix with neighbours cut. */
function base64Forms(/** @type {string} */ secret) {
  return [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]).toString('base64').replaceAll('=', '');
    const inner = encoded.slice(offset === 0 ? 0 : offset + 1, -1);
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

/**
 * @param {string[]} files @param {string} output
 * @param {{ name: string, bytes: Buffer }[]} needles
 */
function leaksIn(files, output, needles) {
  return files.flatMap((file) => {
    const content = contentOf(file);
    const where = path.relative(path.dirname(output), file);
    const named = needles.find(({ bytes }) => content.includes(bytes));
    if (named) return [`${where} holds the value of ${named.name}. Find what reads it at build time; it is for the server's run time only. Replace the secret if this build was uploaded.`];
    // One byte a character: patterns are ASCII, and it costs no decoding.
    const text = content.toString('latin1');
    const shape = SECRET_SHAPES.find(({ pattern }) => pattern.test(text));
    return shape ? [`${where} holds ${shape.name}. Remove it from the sources or the .env files, and replace it if this build was uploaded.`] : [];
  });
}

/** A file's bytes, and what they unpack to. */
function contentOf(/** @type {string} */ file) {
  const bytes = readFileSync(file);
  try {
    if (bytes[0] === 0x1f && bytes[1] === 0x8b) return Buffer.concat([bytes, gunzipSync(bytes)]);
    if (file.endsWith('.br')) return Buffer.concat([bytes, brotliDecompressSync(bytes)]);
  } catch {
    // Not compressed after all.
  }
  return bytes;
}

/** What a browser without a cache loads for each page. */
function pageSizes(/** @type {string} */ output) {
  /** @type {Record<string, string>} */
  const routes = JSON.parse(readFileSync(path.join(output, 'app-path-routes-manifest.json'), 'utf8'));
  const main = JSON.parse(readFileSync(path.join(output, 'build-manifest.json'), 'utf8')).rootMainFiles;
  const sizes = new Map();
  return Object.entries(routes)
    .filter(([entry, page]) => entry.endsWith('/page') && !page.startsWith('/_'))
    .map(([entry, page]) => {
      const manifest = readFileSync(path.join(output, 'server/app', `${entry}_client-reference-manifest.js`), 'utf8');
      const chunks = [...manifest.matchAll(/static\/chunks\/[^"\\]+?\.js/g)].map(([chunk]) => decodeURIComponent(chunk));
      const bytes = [...new Set([...main, ...chunks])].map((chunk) => gzipSize(path.join(output, chunk), sizes));
      return { page, kilobytes: bytes.reduce((sum, size) => sum + size, 0) / 1000 };
    })
    .toSorted((a, b) => b.kilobytes - a.kilobytes);
}

/** @param {string} file @param {Map<string, number>} known */
function gzipSize(file, known) {
  const size = known.get(file) ?? (statSync(file, { throwIfNoEntry: false }) ? gzipSync(readFileSync(file)).length : 0);
  known.set(file, size);
  return size;
}

/** @typedef {{ gzipKilobytes: number, pages?: Record<string, number> }} Budget */

/** @returns {Budget} */
function readBudget(/** @type {string} */ directory) {
  return JSON.parse(readFileSync(path.join(directory, 'bundle-budget.json'), 'utf8'));
}

function limitOf(/** @type {Budget} */ { gzipKilobytes, pages }, /** @type {string} */ page) {
  return pages?.[page] ?? gzipKilobytes;
}

/** @param {{ page: string, kilobytes: number }[]} pages @param {Budget} budget */
function overBudget(pages, budget) {
  return pages
    .filter(({ page, kilobytes }) => kilobytes > limitOf(budget, page))
    .map(({ page, kilobytes }) => `${page} loads ${kilobytes.toFixed(1)} kB of scripts, over its budget of ${limitOf(budget, page)} kB. See what it imports (\`npx next analyze\`), load the rest later with next/dynamic, or raise the budget in bundle-budget.json and say why in the commit.`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { report, problems } = checkArtifact({ directory: path.dirname(import.meta.dirname), environment: process.env });
  process.stdout.write(`${report}\n${problems.map((problem) => `  - ${problem}\n`).join('')}`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}

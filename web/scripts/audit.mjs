/**
 * Known vulnerabilities of high or critical severity in what the lock file installs: `npm audit`, with
 * "could not ask" told apart from "found some". Exit codes: 0 none, 1 some, 5 the registry did not answer.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * @param {string} output What `npm audit --json` printed.
 * @returns {{ code: 0 | 1 | 5, message: string }}
 */
export function judgeAudit(output) {
  const report = parse(output);
  const counts = report?.metadata?.vulnerabilities;
  if (typeof counts?.high !== 'number' || typeof counts?.critical !== 'number') {
    const why = typeof report?.message === 'string' ? report.message.split(' - ')[0] : 'no readable answer';
    return { code: 5, message: `Could not ask the registry for known vulnerabilities (${why}). Nothing is known; run this where the registry can be reached.` };
  }
  const bad = counts.high + counts.critical;
  if (bad === 0) return { code: 0, message: 'No known vulnerability of high or critical severity.' };
  const names = Object.values(report.vulnerabilities ?? {})
    .filter(({ severity }) => severity === 'high' || severity === 'critical')
    .map(({ name, severity, range }) => `  - ${name} ${range} (${severity})`);
  return {
    code: 1,
    message: [`${bad} known vulnerabilities of high or critical severity:`, ...names, 'Update with `npm audit fix`, try the app, and commit package-lock.json.'].join('\n'),
  };
}

/** @param {string} output */
function parse(output) {
  try {
    return JSON.parse(output);
  } catch {
    return null;
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { stdout } = spawnSync('npm', ['audit', '--audit-level=high', '--json'], {
    cwd: path.dirname(import.meta.dirname),
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const { code, message } = judgeAudit(stdout ?? '');
  process.stdout.write(`${message}\n`);
  process.exitCode = code;
}

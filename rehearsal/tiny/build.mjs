// Stands for `next build`: an output in Next's standalone layout, with the release baked in, in milliseconds.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';

const { env } = process;
const commit = execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim();
const release = {
  commit,
  job: env.RELEASE_JOB ?? env.AWS_JOB_ID,
  slot: env.RELEASE_SLOT,
  revision: env.RELEASE_REVISION,
  publishableKey: env.NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY,
};
for (const [name, value] of Object.entries(release)) {
  if (!value) throw new Error(`the build has no ${name}`);
}
rmSync('.next', { recursive: true, force: true });
mkdirSync('.next/standalone', { recursive: true });
mkdirSync('.next/static/chunks', { recursive: true });
writeFileSync('.next/static/chunks/app.js', `document.title = ${JSON.stringify(release.slot)};\n`);
writeFileSync('.next/standalone/release.json', JSON.stringify(release));
writeFileSync('.next/standalone/package.json', '{"type":"module"}');
cpSync('server.mjs', '.next/standalone/server.js');

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App } from './app.ts';
import { PUBLISHABLE_KEY, SECRET_KEY } from './fake-clerk.ts';

export const ORIGIN_TOKEN = '0123456789abcdef0123456789abcdef';
export const OLDER_TOKEN = 'fedcba9876543210fedcba9876543210';
export const VERIFICATION_TOKEN = 'aaaabbbbccccddddeeeeffff00001111';

/** The app as production runs it: only the edge's requests are let in. */
export function behindEdge(more: Record<string, string> = {}, publicSettings = {}): App {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'web-')), 'secrets.json');
  const tokens = { origin: [ORIGIN_TOKEN, OLDER_TOKEN], release: [], verification: [VERIFICATION_TOKEN] };
  writeFileSync(file, JSON.stringify({ instances: { [PUBLISHABLE_KEY]: { CLERK_SECRET_KEY: SECRET_KEY } }, tokens }));
  return new App({ environment: { CLERK_DEPLOY_SECRETS_FILE: file, CLERK_DEPLOY_TRUST_EDGE: '1', ...more }, publicSettings });
}

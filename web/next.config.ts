import type { NextConfig } from 'next';
import { API_HEADERS, HEADERS } from './lib/http/security-headers.ts';

/** What a build must know of itself; scripts/build.mjs finds them. Public values: never put a secret in `env`. */
const RELEASE = ['RELEASE_COMMIT', 'RELEASE_JOB', 'RELEASE_SLOT', 'RELEASE_REVISION'] as const;

const release = Object.fromEntries(RELEASE.map((name) => [name, process.env[name] ?? '']));
const name = `${(release.RELEASE_COMMIT || 'development').slice(0, 12)}-${(release.RELEASE_REVISION || 'development').slice(0, 8)}`;
const assetPrefix = process.env.CLERK_DEPLOY_ASSET_PREFIX;

const config: NextConfig = {
  output: 'standalone',
  outputFileTracingRoot: import.meta.dirname,
  turbopack: { root: import.meta.dirname },
  // The release, not a random id: a browser that holds pages of another release loads the new one whole.
  generateBuildId: () => buildId(),
  ...(assetPrefix ? { assetPrefix } : {}),
  env: release,
  poweredByHeader: false,
  productionBrowserSourceMaps: false,
  // Images are served as they are, so half of the artifact (sharp) can stay out.
  images: { unoptimized: true },
  outputFileTracingExcludes: { '*': ['node_modules/@img/**', 'node_modules/sharp/**', 'node_modules/typescript/**'] },
  headers: async () => [
    { source: '/:path*', headers: [{ key: 'x-release', value: name }, ...HEADERS] },
    { source: '/api/:path*', headers: [...API_HEADERS] },
  ],
};

export default config;

/** Called by builds only: development and the type generator have no release. */
function buildId(): string {
  const missing = RELEASE.filter((variable) => !release[variable]);
  if (missing.length === 0) return name;
  throw new Error(`${missing.join(', ')} not set. Build with \`npm run build\`, which finds them, not with \`next build\`.`);
}

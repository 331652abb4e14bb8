/** What only the server reads, once, at start-up. No secret's value is in here: lib/secrets reads those. */
export type ServerSettings = Readonly<{
  clerkApiUrl: string;
  secretsFile: string;
  secretsArn: string;
  region: string;
  /** Production: the edge must prove itself with the origin token. */
  trustEdge: boolean;
  forwardClientAddress: boolean;
  /** Requests to /api/auth that this process takes from one address; 0 where a firewall in front counts them. */
  authRequestsPer5Minutes: number;
  release: Release;
}>;

export type Release = Readonly<{ commit: string; job: string; slot: string; revision: string }>;

/** Inlined by next.config's `env` at build time, so that a running server cannot claim another release. */
export const release: Release = Object.freeze({
  commit: process.env.RELEASE_COMMIT || 'development',
  job: process.env.RELEASE_JOB || '-',
  slot: process.env.RELEASE_SLOT || 'local',
  revision: process.env.RELEASE_REVISION || 'development',
});

type Environment = Readonly<Record<string, string | undefined>>;

export function readServerSettings(environment: Environment): ServerSettings {
  const arn = environment.CLERK_DEPLOY_SECRETS_ARN ?? '';
  return Object.freeze({
    clerkApiUrl: environment.CLERK_API_URL || environment.CLERK_BACKEND_API_URL || 'https://api.clerk.com',
    secretsFile: environment.CLERK_DEPLOY_SECRETS_FILE ?? '',
    secretsArn: arn,
    // An environment lives in us-east-1, where its certificate and metrics must be.
    region: arn.split(':')[3] || environment.AWS_REGION || 'us-east-1',
    trustEdge: environment.CLERK_DEPLOY_TRUST_EDGE === '1',
    forwardClientAddress: environment.CLERK_DEPLOY_FORWARD_CLIENT_ADDRESS === '1',
    authRequestsPer5Minutes: Number.parseInt(environment.CLERK_DEPLOY_AUTH_REQUESTS_PER_5_MINUTES ?? '', 10) || 0,
    release,
  });
}

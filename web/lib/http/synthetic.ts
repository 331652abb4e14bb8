import { SecretProblem, type Secrets } from '../secrets/document.ts';
import type { Server } from '../server.ts';
import { isVerification } from './edge.ts';

type Asked = { headers: Headers; method: string; path: string };

/** Is this a request of the deployment's own verification? Without readable tokens nobody can tell: then it is a user's. */
export function isSynthetic(server: Server, asked: Asked, secrets: Secrets | SecretProblem): boolean {
  if (secrets instanceof SecretProblem) return false;
  return isVerification(asked.headers, { ...asked, nowMs: server.now(), tokens: secrets.tokens.verification });
}

/** The secrets, or why there are none. Other errors are our bugs. */
export async function secretsOrProblem(server: Server): Promise<Secrets | SecretProblem> {
  return server.secrets.get().catch((error: unknown) => {
    if (error instanceof SecretProblem) return error;
    throw error;
  });
}

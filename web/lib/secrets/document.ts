import { BrandedError } from '../branded-error.ts';
import { Secret } from './secret.ts';

/** The secrets of the one Clerk instance that this build was made for, and the edge's tokens. */
export type Secrets = Readonly<{
  secretKey: Secret;
  /** PEM public key: tokens are then verified without asking Clerk. */
  jwtKey: string | null;
  tokens: Readonly<{ origin: readonly Secret[]; verification: readonly Secret[] }>;
}>;

/** Why there are no secrets, as a word for the log and for health. */
export class SecretProblem extends BrandedError {
  static override readonly brand = 'SecretProblem';
  readonly reason: string;
  readonly causeName: string | undefined;

  constructor(reason: string, causeName?: string) {
    super(reason);
    this.reason = reason;
    this.causeName = causeName;
  }
}

const SECRET_KEY = /^sk_(live|test)_[A-Za-z0-9]{10,}$/;

/**
 * The secrets document, or a bare secret key as a Docker secret may hold it.
 *
 * The document holds an entry per publishable key, so that a release finds the key of the Clerk
 * instance that it was built for, also while the deployment moves to another instance.
 */
export function parseSecrets(text: string, publishableKey: string): Secrets {
  const trimmed = text.trim();
  if (trimmed === '') throw new SecretProblem('secret-missing');
  if (!trimmed.startsWith('{')) return secrets({ CLERK_SECRET_KEY: trimmed }, {});
  let document: unknown;
  try {
    document = JSON.parse(trimmed);
  } catch {
    throw new SecretProblem('secret-malformed');
  }
  const instance = record(record(record(document).instances)[publishableKey]);
  return secrets(instance, record(record(document).tokens));
}

/** The same from plain variables, for local development. */
export function secretsOfEnvironment(environment: Readonly<Record<string, string | undefined>>): Secrets {
  return secrets(environment, {});
}

function secrets(instance: Readonly<Record<string, unknown>>, tokens: Readonly<Record<string, unknown>>): Secrets {
  const key = typeof instance.CLERK_SECRET_KEY === 'string' ? instance.CLERK_SECRET_KEY.trim() : '';
  if (key === '') throw new SecretProblem('secret-missing');
  if (!SECRET_KEY.test(key)) throw new SecretProblem('secret-malformed');
  const jwtKey = typeof instance.CLERK_JWT_KEY === 'string' ? instance.CLERK_JWT_KEY.trim() : '';
  return Object.freeze({
    secretKey: new Secret(key),
    // Environment files often hold the PEM with literal \n, which would make every valid token a 401.
    jwtKey: jwtKey === '' ? null : jwtKey.replaceAll('\\n', '\n'),
    tokens: Object.freeze({ origin: list(tokens.origin), verification: list(tokens.verification) }),
  });
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** Tokens too short to be secret are dropped: an empty one would admit anybody. */
function list(value: unknown): readonly Secret[] {
  if (!Array.isArray(value)) return [];
  return value.filter((token) => typeof token === 'string' && token.length >= 16).map((token) => new Secret(token as string));
}

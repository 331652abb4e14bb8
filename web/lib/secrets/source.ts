import { readFile } from 'node:fs/promises';
import type { ServerSettings } from '../server-settings.ts';
import { SecretProblem, parseSecrets, secretsOfEnvironment, type Secrets } from './document.ts';

type Options = {
  settings: Pick<ServerSettings, 'secretsArn' | 'secretsFile' | 'region'>;
  publishableKey: string;
  environment: Readonly<Record<string, string | undefined>>;
};

/** Reads the secrets from where the settings say: a file, Secrets Manager, or (development) the environment. */
export async function readSecrets({ settings, publishableKey, environment }: Options): Promise<Secrets> {
  try {
    if (settings.secretsFile) return parseSecrets(await readFile(settings.secretsFile, 'utf8'), publishableKey);
    if (settings.secretsArn) return parseSecrets(await fromSecretsManager(settings), publishableKey);
  } catch (error) {
    if (error instanceof SecretProblem) throw error;
    throw new SecretProblem('secret-unreadable', nameOf(error));
  }
  return secretsOfEnvironment(environment);
}

/** The error's name, or the system's code (ENOENT). Never its message, which can hold the path, the ARN or the value. */
function nameOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as { code?: unknown };
  return error.name === 'Error' && typeof code === 'string' ? code : error.name;
}

async function fromSecretsManager({ secretsArn, region }: Options['settings']): Promise<string> {
  const { SecretsManagerClient, GetSecretValueCommand } = await import('@aws-sdk/client-secrets-manager');
  const client = new SecretsManagerClient({
    region,
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 2000, requestTimeout: 3000, throwOnRequestTimeout: true },
  });
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretsArn }));
    return SecretString ?? '';
  } finally {
    client.destroy();
  }
}

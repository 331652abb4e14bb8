import { Refusal } from './refusal.ts';

const MAXIMUM_BYTES = 16_384;

/**
 * A JSON object from the request, read no further than 16 kB; an empty body is an empty object.
 * Only application/json is read: a form of another site cannot send that without asking first.
 */
export async function readJson(request: Request, signal: AbortSignal): Promise<Record<string, unknown>> {
  const text = await readText(request, signal);
  if (text === '') return {};
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') throw new Refusal('bad_request', 'content-type');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Refusal('bad_request', 'body-malformed');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Refusal('bad_request', 'body-malformed');
  }
  return value as Record<string, unknown>;
}

async function readText(request: Request, signal: AbortSignal): Promise<string> {
  if (!request.body) return '';
  const reader = request.body.getReader();
  const stop = () => void reader.cancel().catch(() => undefined);
  signal.addEventListener('abort', stop, { once: true });
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (signal.aborted) throw new Refusal('bad_request', 'body-too-slow');
      if (done) break;
      size += value.byteLength;
      if (size > MAXIMUM_BYTES) {
        stop();
        throw new Refusal('bad_request', 'body-too-big');
      }
      chunks.push(value);
    }
  } catch (error) {
    throw error instanceof Refusal ? error : new Refusal('bad_request', 'body-unreadable');
  } finally {
    signal.removeEventListener('abort', stop);
  }
  return Buffer.concat(chunks).toString('utf8');
}

export type Credentials = { email: string; password: string };

/** E-mail (lower case) and password of a sign-in or sign-up, within bounds that Clerk would refuse too. */
export function credentials(body: Record<string, unknown>, bounds: { password: [number, number] }): Credentials {
  const { email, password } = body;
  if (typeof email !== 'string' || typeof password !== 'string') throw new Refusal('bad_request', 'body-fields');
  const address = email.trim().toLowerCase();
  if (address.length > 254 || !/^[^\s@\p{Cc}]{1,64}@[^\s@.\p{Cc}]+(\.[^\s@.\p{Cc}]+)+$/u.test(address)) {
    throw new Refusal('bad_request', 'email-malformed');
  }
  const [least, most] = bounds.password;
  if (password.length < least || password.length > most) throw new Refusal('bad_request', 'password-length');
  return { email: address, password };
}

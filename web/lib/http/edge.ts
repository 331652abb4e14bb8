import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../secrets/secret.ts';

/** How long a signature of the verifier is good for, and how far its clock may be ahead. */
const SIGNATURE_SECONDS = 300;
const AHEAD_SECONDS = 30;

/** Did this request come through our edge? Several tokens are accepted while one is being rotated. */
export function cameThroughEdge(headers: Headers, tokens: readonly Secret[]): boolean {
  const given = headers.get('x-origin-token');
  return given !== null && tokens.some((token) => same(given, token.reveal()));
}

/** The viewer's address. Only for requests that came through the edge: anybody can send the header. */
export function clientAddress(headers: Headers): string | null {
  const address = headers.get('x-client-address')?.trim() ?? '';
  return /^[0-9a-fA-F.:]{2,45}$/.test(address) ? address : null;
}

type Signed = { method: string; path: string; nowMs: number; tokens: readonly Secret[] };

/** Is this a request of the deployment's own verification (`x-verification: t=...;v1=...`)? */
export function isVerification(headers: Headers, { method, path, nowMs, tokens }: Signed): boolean {
  const match = /^t=(\d{1,12});v1=([0-9a-f]{64})$/.exec(headers.get('x-verification') ?? '');
  if (!match?.[1] || !match[2]) return false;
  const age = nowMs / 1000 - Number(match[1]);
  if (age > SIGNATURE_SECONDS || age < -AHEAD_SECONDS) return false;
  const message = `${match[1]}\n${method}\n${path}`;
  const signature = match[2];
  return tokens.some((token) => same(signature, createHmac('sha256', token.reveal()).update(message).digest('hex')));
}

/** Compared by digest, so that the time tells nothing, not even the length. */
function same(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

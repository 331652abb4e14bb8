/** Reading of JSON that Clerk sent: a field that is not what it should be is "clerk-unreadable", never a TypeError. */
import { Refusal } from '../http/refusal.ts';

type Json = Readonly<Record<string, unknown>>;

export function object(value: unknown): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw unreadable();
  return value as Json;
}

export function array(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw unreadable();
  return value;
}

export function text(value: unknown): string {
  if (typeof value !== 'string' || value === '') throw unreadable();
  return value;
}

export function optionalText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function unreadable(): Refusal {
  return new Refusal('unavailable', 'clerk-unreadable');
}

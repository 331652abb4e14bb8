import type { Instrumentation } from 'next';

/** Runs once when the server starts, before the first request; never at build time. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== 'nodejs') return;
  // Clerk's middleware hands the secret key on to the page, encrypted. Both are in this process, so any key will do.
  process.env.CLERK_ENCRYPTION_KEY ??= crypto.randomUUID() + crypto.randomUUID();
  const { start } = await import('./lib/start.ts');
  await start();
}

export const onRequestError: Instrumentation.onRequestError = async (...given) => {
  if (process.env.NEXT_RUNTIME !== 'nodejs') return;
  const { recordError } = await import('./lib/start.ts');
  await recordError(...given);
};

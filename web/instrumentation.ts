import type { Instrumentation } from 'next';

/** Runs once when the server starts, before the first request; never at build time. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME !== 'nodejs') return;
  const { start } = await import('./lib/start.ts');
  await start();
}

export const onRequestError: Instrumentation.onRequestError = async (...given) => {
  if (process.env.NEXT_RUNTIME !== 'nodejs') return;
  const { recordError } = await import('./lib/start.ts');
  await recordError(...given);
};

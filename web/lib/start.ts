import type { Instrumentation } from 'next';
import { server } from './server.ts';

/** Reads the secrets before the first request. Never throws: every route would be a 500, where health can tell. */
export async function start(): Promise<void> {
  try {
    await server().secrets.start();
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ event: 'server.error', reason: 'startup', error: (error as Error)?.name })}\n`);
  }
}

/** An error that a page, a layout or the proxy threw. The route wrapper of /api catches its own. */
export const recordError: Instrumentation.onRequestError = (error, request, context) => {
  server().log({
    event: 'server.error',
    route: context.routePath,
    method: request.method,
    status: 500,
    reason: 'unexpected-error',
    error: error instanceof Error ? error.name : 'unknown',
  });
};

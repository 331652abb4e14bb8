import type { Instrumentation } from 'next';
import { isSynthetic, secretsOrProblem } from './http/synthetic.ts';
import { createLog } from './log.ts';
import { release } from './server-settings.ts';
import { server } from './server.ts';

/** Reads the secrets before the first request. Never throws: every route would be a 500, where health can tell. */
export async function start(): Promise<void> {
  try {
    await server().secrets.start();
  } catch (error) {
    const log = createLog({ release, write: (text) => void process.stdout.write(text), now: Date.now });
    log({ event: 'server.error', reason: 'startup-failed', error: error instanceof Error ? error.name : 'unknown' });
  }
}

/** An error that a page, a layout or the proxy threw. The route wrapper of /api catches its own. */
export const recordError: Instrumentation.onRequestError = async (error, request, context) => {
  const [path = '/'] = request.path.split('?');
  const asked = { headers: headersOf(request.headers), method: request.method, path };
  server().log({
    event: 'server.error',
    route: context.routePath,
    method: request.method,
    status: 500,
    reason: 'unexpected-error',
    error: error instanceof Error ? error.name : 'unknown',
    synthetic: isSynthetic(server(), asked, await secretsOrProblem(server())),
  });
};

function headersOf(given: NodeJS.Dict<string | string[]>): Headers {
  return new Headers(Object.entries(given).flatMap(([name, value]) => [value ?? []].flat().map((each): [string, string] => [name, each])));
}

import type { SignInCaller } from '../clerk/sign-in.ts';
import type { Event } from '../log.ts';
import { SecretProblem, type Secrets } from '../secrets/document.ts';
import { server as processServer, type Server } from '../server.ts';
import { demandFewRequests } from './address-limit.ts';
import { cameThroughEdge, clientAddress } from './edge.ts';
import { Refusal } from './refusal.ts';
import { isSynthetic, secretsOrProblem } from './synthetic.ts';

/** What a handler gets, and what it notes for the request's log line. */
export type Context = {
  request: Request;
  server: Server;
  caller: SignInCaller;
  note: { reason?: string; tenant?: string | null; validationMs?: number };
  parameters: () => Promise<Readonly<Record<string, string | string[] | undefined>>>;
};

/** A handler answers with JSON data, or with a response of its own. Everything else is a thrown Refusal. */
export type Handler = (context: Context) => Promise<object>;

type Definition = {
  event: Event;
  /** The route's pattern, as it stands in the log. */
  route: string;
  handlers: Partial<Record<'GET' | 'POST', Handler>>;
  /** Every method not in `handlers` gets this answer; 405 unless said otherwise. */
  otherwise?: Handler;
  /** Answers also without the edge's token: health, which the slots' own checks ask. */
  open?: boolean;
  /** Turns a refusal into an answer for a browser; JSON unless said otherwise. */
  refuse?: (refusal: Refusal, context: Context) => Response;
};

type Next = { params?: Promise<Readonly<Record<string, string | string[] | undefined>>> };
type NextHandler = (request: Request, next: Next) => Promise<Response>;

/** Less than what the hosts allow a request (about 30 s on Amplify), more than Clerk ever needs. */
const REQUEST_MS = 12_000;

/**
 * Route handlers for all methods, so that 405 and OPTIONS too are JSON with a log line (Next's own
 * answers have neither). No error reaches Next: what is not a Refusal is our bug, answered as 503.
 */
export function routes(definition: Definition, server: () => Server = processServer) {
  const handler: NextHandler = (request, next) => serve(definition, server(), request, next);
  return { GET: handler, HEAD: handler, POST: handler, PUT: handler, PATCH: handler, DELETE: handler, OPTIONS: handler };
}

async function serve(definition: Definition, server: Server, request: Request, next: Next): Promise<Response> {
  const startedAt = performance.now();
  const path = new URL(request.url).pathname;
  const context: Context = {
    request,
    server,
    caller: { signal: AbortSignal.timeout(REQUEST_MS), clientAddress: null, viewerAddress: null },
    note: {},
    parameters: async () => (await next.params) ?? {},
  };
  let response: Response;
  let synthetic = false;
  try {
    const secrets = await secretsOrProblem(server);
    synthetic = isSynthetic(server, { headers: request.headers, method: request.method, path }, secrets);
    passEdge(definition, context, secrets);
    if (definition.route.startsWith('/api/auth/')) demandFewRequests(context);
    const answer = await pick(definition, request.method)(context);
    response = answer instanceof Response ? answer : Response.json(answer);
  } catch (error) {
    const refusal = refusalOf(error, definition, server);
    context.note.reason = refusal.reason;
    if (refusal.extra.tenant !== undefined) context.note.tenant = refusal.extra.tenant;
    response = definition.refuse?.(refusal, context) ?? refusalResponse(refusal, definition);
  }
  const { reason = 'ok', tenant = null, validationMs } = context.note;
  server.log({
    event: definition.event,
    route: definition.route,
    method: request.method,
    status: response.status,
    durationMs: performance.now() - startedAt,
    ...(validationMs === undefined ? {} : { validationMs }),
    reason,
    tenant,
    synthetic,
  });
  return request.method === 'HEAD' ? new Response(null, response) : response;
}

/** Takes the client's address from the edge, and refuses who did not come through it. */
function passEdge({ open }: Definition, { request, server, caller }: Context, secrets: Secrets | SecretProblem): void {
  const { trustEdge, forwardClientAddress } = server.settings;
  if (secrets instanceof SecretProblem) {
    if (trustEdge && !open) throw secrets;
    return;
  }
  if (cameThroughEdge(request.headers, secrets.tokens.origin)) {
    caller.viewerAddress = clientAddress(request.headers);
    caller.clientAddress = forwardClientAddress ? caller.viewerAddress : null;
  } else if (trustEdge && !open) {
    throw new Refusal('origin_refused', 'origin-token');
  }
}

function pick({ handlers, otherwise }: Definition, method: string): Handler {
  const handler = handlers[method === 'HEAD' ? 'GET' : (method as 'GET' | 'POST')] ?? otherwise;
  if (!handler) throw new Refusal('method_not_allowed', 'method-not-allowed');
  return handler;
}

function refusalOf(error: unknown, definition: Definition, server: Server): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof SecretProblem) return new Refusal('unavailable', error.reason);
  const name = error instanceof Error ? error.name : 'unknown';
  server.log({ event: 'server.error', route: definition.route, reason: 'unexpected-error', error: name });
  return new Refusal('unavailable', 'unexpected-error');
}

function refusalResponse({ code, status, extra }: Refusal, { handlers }: Definition): Response {
  const headers = new Headers();
  if (status === 401) headers.set('WWW-Authenticate', 'Bearer');
  if (status === 405) headers.set('Allow', Object.keys(handlers).flatMap((name) => (name === 'GET' ? ['GET', 'HEAD'] : [name])).join(', '));
  if (extra.retryAfter) headers.set('Retry-After', String(extra.retryAfter));
  if (extra.cookie) headers.append('Set-Cookie', extra.cookie);
  return Response.json({ error: code, ...extra.detail }, { status, headers });
}

// Answers as the reference application does where the deployment looks: health, release, origin token.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';

const { RELEASE_COMMIT: commit, RELEASE_REVISION: revision, PORT: port } = process.env;
const release = `${commit.slice(0, 12)}-${revision.slice(0, 8)}`;
// What this copy is good for: `well`, `never-healthy`, `crashing`, `failing` (healthy, and 503 to users).
const behaviour = (await readFile(new URL('behaviour', import.meta.url), 'utf8')).trim();

// Lines as the reference application writes them, where something reads them.
const line = (request, status) => {
  if (!process.env.WRITE_LINES) return;
  const fields = { event: 'api.unknown', route: request.url, method: request.method, status, duration_ms: 20 };
  const about = { validation_ms: null, reason: 'ok', tenant: null, slot: 'containers', commit, revision, synthetic: false };
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), ...fields, ...about })}\n`);
};

const think = () => new Promise((resolve) => setTimeout(resolve, 20));

async function secrets() {
  try {
    return JSON.parse(await readFile(process.env.CLERK_DEPLOY_SECRETS_FILE, 'utf8'));
  } catch {
    return null;
  }
}

const server = createServer(async (request, response) => {
  const found = await secrets();
  const json = (status, body) => {
    response.writeHead(status, { 'content-type': 'application/json', 'x-release': release });
    response.end(JSON.stringify(body));
  };
  const checks = { secret: found ? 'ok' : 'secret-missing', instance: 'ok', tokens: found?.tokens?.origin ? 'ok' : 'tokens-missing' };
  const well = behaviour !== 'never-healthy' && Object.values(checks).every((check) => check === 'ok');
  if (request.url === '/api/health') {
    return json(well ? 200 : 503, { status: well ? 'ok' : 'fail', commit, job: '-', slot: 'containers', revision, checks });
  }
  if (!found?.tokens.origin.includes(request.headers['x-origin-token'])) return json(403, { error: 'origin_refused' });
  await think();
  line(request, behaviour === 'failing' ? 503 : 200);
  if (behaviour === 'failing') return json(503, { error: 'failing' });
  // `/echo` tells what reached the app; a token only by its presence.
  if (request.url.startsWith('/echo')) {
    const { 'x-origin-token': token, ...headers } = request.headers;
    return json(200, { headers, token: token !== undefined, method: request.method });
  }
  if (request.url.startsWith('/_next/static/')) {
    const file = new URL(`.next/static/${request.url.slice('/_next/static/'.length)}`, import.meta.url);
    const text = await readFile(file, 'utf8').catch(() => null);
    return text === null ? json(404, { error: 'not_found' }) : response.writeHead(200, { 'content-type': 'text/javascript' }).end(text);
  }
  return json(200, { release });
});

server.keepAliveTimeout = 65_000;
server.listen(Number(port), '0.0.0.0', () => {
  if (behaviour === 'crashing') setTimeout(() => process.exit(3), 4000);
});
process.on('SIGTERM', () => server.close(() => process.exit(0)));

// Answers like the reference app where a deployment looks: health, a page, a script. It knows no Clerk.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const release = JSON.parse(readFileSync(new URL('./release.json', import.meta.url)));
const id = `${release.commit.slice(0, 12)}-${release.revision.slice(0, 8)}`;
const checks = { secret: 'ok', instance: 'ok', tokens: 'ok' };

const eventOf = (path) => (path === '/api/health' ? 'health' : path.startsWith('/api/') ? 'api.unknown' : 'page');

createServer((request, response) => {
  const started = performance.now();
  const [path] = request.url.split('?');
  const answer = (status, type, body, cache) => {
    response.writeHead(status, { 'content-type': type, 'cache-control': cache, 'x-release': id });
    response.end(request.method === 'HEAD' ? undefined : body);
  };
  if (path === '/api/health') {
    const { commit, job, slot, revision } = release;
    answer(200, 'application/json', JSON.stringify({ status: 'ok', commit, job, slot, revision, checks }), 'no-store');
  } else if (path.startsWith('/api/')) {
    answer(404, 'application/json', '{"error":"not_found"}', 'private, no-store');
  } else if (path === '/_next/static/chunks/app.js') {
    const script = readFileSync(new URL('./.next/static/chunks/app.js', import.meta.url));
    answer(200, 'text/javascript', script, 'public, max-age=31536000, immutable');
  } else {
    const script = `/_slots/${release.slot}/_next/static/chunks/app.js`;
    answer(200, 'text/html', `<!doctype html><title>tiny</title><script src="${script}"></script><p>${id}`, 'private, no-store');
  }
  process.stdout.write(`${JSON.stringify({
    time: new Date().toISOString(), event: eventOf(path), route: path, method: request.method,
    status: response.statusCode, duration_ms: Math.round(performance.now() - started), validation_ms: null, reason: 'ok', tenant: null,
    slot: release.slot, commit: release.commit, revision: release.revision, synthetic: 'x-verification' in request.headers,
  })}\n`);
}).listen(Number(process.env.PORT), process.env.HOSTNAME);

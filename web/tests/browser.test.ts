import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiClient, ApiError } from '#lib/browser/api-client.ts';
import { BrowserSession, SignedOut } from '#lib/browser/session.ts';

type Answer = { status: number; body?: unknown };

function browser({ refresh = [{ status: 200 }], backend = [{ status: 200, body: [] }] }: { refresh?: Answer[]; backend?: (Answer | Error)[] } = {}) {
  const clock = { now: 0 };
  const asked: { url: string; init: RequestInit }[] = [];
  let tokens = 0;
  const fetch = async (url: string, init: RequestInit = {}) => {
    asked.push({ url, init });
    await Promise.resolve();
    const list = url === '/api/auth/refresh' ? refresh : backend;
    const answer = list.length > 1 ? list.shift()! : list[0]!;
    if (answer instanceof Error) throw answer;
    const body = url === '/api/auth/refresh' ? { accessToken: `token-${++tokens}`, expiresIn: 60 } : answer.body;
    return answer.status === 204 ? new Response(null, { status: 204 }) : Response.json(body ?? {}, { status: answer.status });
  };
  const session = new BrowserSession({ fetch, now: () => clock.now, lock: (work) => work() });
  const api = new ApiClient({ baseUrl: 'https://api.yourapp.com/v1/', tenant: 'tenant_production_001', session, fetch });
  const urls = () => asked.map(({ url }) => url);
  const headers = () => new Headers(asked.at(-1)!.init.headers);
  return { clock, asked, session, api, urls, headers };
}

test('a token is fetched once and used until ten seconds before its end', async () => {
  const { clock, session, asked } = browser();
  assert.equal(await session.token(), 'token-1');
  clock.now = 49_999;
  assert.equal(await session.token(), 'token-1');
  clock.now = 50_000;
  assert.equal(await session.token(), 'token-2');
  assert.equal(asked.length, 2);
  assert.equal(new Headers(asked[0]!.init.headers).get('x-client'), 'browser');
});

test('parallel calls share one refresh', async () => {
  const { session, asked } = browser();
  assert.deepEqual(await Promise.all([session.token(), session.token(), session.refresh()]), ['token-1', 'token-1', 'token-1']);
  assert.equal(asked.length, 1);
});

test('401 and 403 are signed out, an outage is not, and the next call tries again', async () => {
  for (const [status, code] of [[401, ''], [403, 'tenant_refused']] as const) {
    await assert.rejects(browser({ refresh: [{ status }] }).session.token(), (error) => error instanceof SignedOut && error.code === code);
  }
  const { session } = browser({ refresh: [{ status: 503 }, { status: 200 }] });
  await assert.rejects(session.token(), (error) => !(error instanceof SignedOut));
  assert.match(await session.token(), /^token-/);
});

test('every call carries the token and the tenant', async () => {
  const { api, urls, headers, asked } = browser();
  await api.request('/documents');
  assert.deepEqual(urls(), ['/api/auth/refresh', 'https://api.yourapp.com/v1/documents']);
  assert.equal(headers().get('authorization'), 'Bearer token-1');
  assert.equal(headers().get('x-tenant-id'), 'tenant_production_001');
  assert.equal(asked.at(-1)!.init.credentials, 'omit');
});

test('a call site can neither change nor drop the tenant', async () => {
  const { api, headers } = browser();
  const forged = { method: 'POST', body: {}, headers: { 'X-Tenant-ID': 'other', Authorization: 'Bearer mine' } };
  await api.request('/documents', forged as never);
  assert.equal(headers().get('x-tenant-id'), 'tenant_production_001');
  assert.equal(headers().get('authorization'), 'Bearer token-1');
});

test('a path cannot lead the token to another origin', async () => {
  const { api, urls } = browser();
  for (const path of ['https://evil.example/', '.evil.example/x', '@evil.example/x', 'documents']) {
    await assert.rejects(api.request(path), path);
  }
  assert.ok(urls().every((url) => url === '/api/auth/refresh'));
});

test('a 401 of the backend refreshes once, and no more', async () => {
  const once = browser({ backend: [{ status: 401 }, { status: 200, body: ['a'] }] });
  assert.deepEqual(await once.api.request('/documents'), ['a']);
  assert.equal(once.headers().get('authorization'), 'Bearer token-2');
  const always = browser({ backend: [{ status: 401 }] });
  await assert.rejects(always.api.request('/documents'), (error) => error instanceof ApiError && error.status === 401);
  assert.equal(always.asked.length, 4);
});

test('what the backend refuses, and that it cannot be reached, are errors with a status', async () => {
  for (const [answer, status] of [[{ status: 404 }, 404], [new TypeError('fetch failed'), 0]] as const) {
    const { api } = browser({ backend: [answer] });
    await assert.rejects(api.request('/documents'), (error) => error instanceof ApiError && error.status === status);
  }
  assert.equal(await browser({ backend: [{ status: 204 }] }).api.request('/documents/1', { method: 'DELETE' }), undefined);
});

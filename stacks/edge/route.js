import cf from 'cloudfront';

// One value under the key `state`, written by releases alone:
// {live, candidate, percentage, slots: {SLOT: domain}, origin: token, release: [token, ...]}
const store = cf.kvs();

async function handler(event) {
  const request = event.request;
  const state = await read();
  if (state === null) {
    return unavailable(request);
  }
  const below = request.uri === '/_slots' || request.uri.startsWith('/_slots/');
  const slot = below ? slotOfFile(request) : slotOfPage(request, event.viewer.ip, state);
  const domain = slot && state.slots[slot];
  if (typeof domain !== 'string' || domain === '') {
    return below ? missing() : unavailable(request);
  }
  if (below) {
    request.uri = request.uri.slice('/_slots/'.length + slot.length);
  }
  delete request.headers['x-release-token'];
  request.headers['x-release-slot'] = { value: slot };
  request.headers['x-client-address'] = { value: event.viewer.ip };
  request.headers['x-origin-token'] = { value: state.origin };
  cf.updateRequestOrigin({ domainName: domain, hostHeader: domain });
  return request;
}

async function read() {
  try {
    const value = await store.get('state');
    const state = JSON.parse(value);
    const usable = typeof state.origin === 'string' && state.origin !== '' && typeof state.slots === 'object';
    return usable && state.slots !== null ? state : null;
  } catch (error) {
    console.log('the store cannot be read: ' + error);
    return null;
  }
}

// /_slots/SLOT/_next/static/FILE, from that slot whatever is live
function slotOfFile(request) {
  const path = /^\/_slots\/(slot-[abc])\/_next\/static\/./.exec(request.uri);
  const reading = request.method === 'GET' || request.method === 'HEAD';
  const climbing = /\.\.|%2e|%2f|%5c|\\|\/\//i.test(request.uri);
  return path && reading && !climbing ? path[1] : '';
}

function slotOfPage(request, address, state) {
  const wanted = request.headers['x-release-slot'];
  const token = request.headers['x-release-token'];
  const tokens = state.release || [];
  if (wanted && token && token.value !== '' && tokens.includes(token.value)) {
    return wanted.value;
  }
  const chosen = state.candidate && part(address + state.candidate) < state.percentage;
  return chosen && state.live ? state.candidate : state.live;
}

// FNV-1a: the same client falls on the same side for as long as the candidate is one
function part(text) {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return (hash >>> 0) % 100;
}

function missing() {
  return answer(404, 'Not Found', 'text/plain; charset=utf-8', 'Not found.\n');
}

function unavailable(request) {
  const response = request.uri.startsWith('/api/')
    ? answer(503, 'Service Unavailable', 'application/json', '{"error":"unavailable"}')
    : answer(503, 'Service Unavailable', 'text/html; charset=utf-8', PAGE);
  response.headers['retry-after'] = { value: '30' };
  return response;
}

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="robots" content="noindex">
<title>Unavailable</title>
<p>This site is not available right now. Please try again in a minute.</p>
</html>
`;

function answer(code, description, type, text) {
  return {
    statusCode: code,
    statusDescription: description,
    headers: {
      'content-type': { value: type },
      'cache-control': { value: 'no-store' },
      'content-security-policy': { value: "default-src 'none'" },
      // AWS does not say whether the response headers policy reaches answers of a function
      'strict-transport-security': { value: 'max-age=31536000' },
      'x-content-type-options': { value: 'nosniff' },
    },
    body: { encoding: 'text', data: text },
  };
}

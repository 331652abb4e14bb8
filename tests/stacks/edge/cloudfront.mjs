// CloudFront as a viewer-request function meets it: refuses what CloudFront answers with 502 or 503, and counts
// reads of the store. Rules: AWS, "Restrictions on all edge functions", "Event structure", "Helper methods for
// origin modification". One JSON line in, one out.
import fs from 'node:fs';
import { isIP } from 'node:net';
import readline from 'node:readline';
import vm from 'node:vm';

const DISALLOWED = /^(connection|expect|keep-alive|proxy-(authenticate|authorization|connection)|trailer|upgrade|x-accel-(buffering|charset|limit-rate|redirect)|x-amz-cf-.*|x-amzn-.*|x-cache|x-edge-.*|x-forwarded-proto|x-real-ip)$/;
const READ_ONLY = ['cdn-loop', 'content-length', 'host', 'transfer-encoding', 'via'];
const ORIGIN = ['domainName', 'hostHeader', 'originPath', 'customHeaders', 'connectionAttempts', 'originShield',
  'originAccessControlConfig', 'timeouts', 'customOriginConfig', 'sni', 'allowedCertificateNames'];
const IMPORT = "import cf from 'cloudfront';\n";
const VALUE_BYTES = 1024;
const CODE_BYTES = 10240;

class Refused extends Error {}

function must(condition, why) {
  if (!condition) throw new Refused(why);
}

function checkHost(name, value) {
  must(typeof value === 'string' && value.length > 0 && value.length <= 253, `${name} is no host name`);
  must(!value.includes(':') && !isIP(value), `${name} has a colon or is an address`);
}

function checkHeaders(headers) {
  for (const [name, header] of Object.entries(headers)) {
    must(name === name.toLowerCase(), `header ${name} is not lower-case`);
    must(!DISALLOWED.test(name), `header ${name} is disallowed`);
    must(typeof header.value === 'string' && !/[\r\n]/.test(header.value), `header ${name} has no value`);
  }
}

function checkRequest(request, before, origin) {
  must(typeof request.uri === 'string' && request.uri.startsWith('/'), 'uri does not begin with /');
  must(request.method === before.method, 'method is read-only');
  checkHeaders(request.headers);
  for (const name of READ_ONLY) {
    const same = JSON.stringify(request.headers[name]) === JSON.stringify(before.headers[name]);
    must(same, `header ${name} is read-only`);
  }
  for (const name of Object.keys(origin?.customHeaders ?? {})) {
    must(!(name in request.headers), `custom header ${name} is in the request already`);
  }
}

function checkResponse(response) {
  must(Number.isInteger(response.statusCode) && response.statusCode >= 100, 'no status code');
  must(!('set-cookie' in response.headers), 'cookies stand in `cookies`, not in a header');
  checkHeaders(response.headers);
  const body = response.body;
  const usable = body === undefined || typeof body === 'string' ||
    (['text', 'base64'].includes(body.encoding) && typeof body.data === 'string');
  must(usable, 'body is neither text nor base64');
}

function load(code, cf) {
  must(Buffer.byteLength(code) <= CODE_BYTES, 'code is over 10 KB');
  must(code.startsWith(IMPORT), 'the first line does not import cloudfront');
  const context = vm.createContext(
    { cf, console: { log() {} } },
    { codeGeneration: { strings: false, wasm: false } },
  );
  vm.runInContext(`'use strict';\n${code.slice(IMPORT.length)}\nglobalThis.handler = handler;`, context);
  return context.handler;
}

function module(value, seen) {
  return {
    kvs() {
      return {
        async get(key) {
          seen.reads.push(key);
          if (value === null || key !== 'state') throw new Error('KeyNotFound');
          must(Buffer.byteLength(value) <= VALUE_BYTES, 'the value is over 1 KB');
          return value;
        },
      };
    },
    updateRequestOrigin(parameters) {
      must(seen.origin === null, 'the origin is updated twice');
      for (const name of Object.keys(parameters)) must(ORIGIN.includes(name), `unknown parameter ${name}`);
      if ('domainName' in parameters) checkHost('domainName', parameters.domainName);
      if ('hostHeader' in parameters) checkHost('hostHeader', parameters.hostHeader);
      seen.origin = parameters;
    },
  };
}

async function invoke({ code, value, request, ip }) {
  const seen = { reads: [], origin: null };
  try {
    const handler = load(code, module(value, seen));
    const given = { querystring: {}, cookies: {}, ...request };
    const before = structuredClone(given);
    Object.defineProperty(given, 'body', {
      get() {
        throw new Refused('a function sees no body');
      },
    });
    const event = { version: '1.0', context: { eventType: 'viewer-request' }, viewer: { ip }, request: given };
    const answer = await handler(event);
    must(answer && typeof answer === 'object', 'nothing is returned');
    if ('statusCode' in answer) {
      checkResponse(answer);
      return { response: answer, ...seen };
    }
    checkRequest(answer, before, seen.origin);
    return { request: { ...answer }, ...seen };
  } catch (error) {
    return { refused: error.message, ...seen };
  }
}

const lines = readline.createInterface({ input: process.stdin });
for await (const line of lines) {
  const result = await invoke(JSON.parse(line));
  fs.writeSync(1, `${JSON.stringify(result)}\n`);
}

// CloudFront Functions, runtime 2.0: reads JSON lines on standard input, answers on standard output.
// Each call gets a context of its own, as the edge promises no state between two requests.
'use strict';
const crypto = require('node:crypto');
const readline = require('node:readline');
const querystring = require('node:querystring');
const vm = require('node:vm');

const functions = new Map();
const stores = new Map();
const IMPORT = /^[ \t]*import\s+(?:\*\s*as\s+)?([\w$]+|\{[^}]*\})\s+from\s+['"]([^'"]+)['"][ \t]*;?/gm;

// Runs inside the context, so that promises settle under the same time limit as the function.
const PRELUDE = new vm.Script(`(function (store, logs, host) {
  const closed = () => { throw new Error('there is no key value store'); };
  const keyNotFound = (key) => Object.assign(new Error('KeyNotFound: ' + key), { name: 'KeyNotFound' });
  const read = (key, format) => {
    if (typeof key !== 'string') throw new TypeError('a key is a string');
    if (!Object.hasOwn(store.items, key)) throw keyNotFound(key);
    const value = store.items[key];
    if (format === undefined || format === 'string') return value;
    if (format === 'json') return JSON.parse(value);
    if (format === 'bytes') return host.bytes(value);
    throw new TypeError('unknown format ' + format);
  };
  const kvs = (id) => {
    if (!store) closed();
    if (id !== undefined && id !== store.id) throw new Error('no associated store has the id ' + id);
    return Object.freeze({
      get: async (key, options) => read(key, options && options.format),
      exists: async (key) => Object.hasOwn(store.items, key),
      count: async () => Object.keys(store.items).length,
      meta: async () => ({ creationDateTime: store.created, lastUpdatedDateTime: store.updated,
        keyCount: Object.keys(store.items).length }),
    });
  };
  const state = { origin: null };
  const updateRequestOrigin = (values) => {
    if (values === null || typeof values !== 'object') throw new TypeError('updateRequestOrigin takes an object');
    state.origin = values;
  };
  const unmodelled = (name) => () => { throw new Error(name + ' is not part of the rehearsal'); };
  const cloudfront = Object.freeze({ kvs, updateRequestOrigin,
    selectRequestOriginById: unmodelled('selectRequestOriginById'),
    createRequestOriginGroup: unmodelled('createRequestOriginGroup') });
  const text = (value) => { try { return typeof value === 'string' ? value : JSON.stringify(value) ?? String(value); }
    catch { return String(value); } };
  globalThis.console = Object.freeze({ log: (...values) => { if (logs.length < 100) logs.push(values.map(text).join(' ')); } });
  globalThis.__modules = Object.freeze({ cloudfront, crypto: host.crypto, querystring: host.querystring, buffer: host.buffer });
  globalThis.require = (name) => {
    if (!Object.hasOwn(globalThis.__modules, name)) throw new Error('no module ' + name);
    return globalThis.__modules[name];
  };
  globalThis.Buffer = host.buffer.Buffer;
  globalThis.atob = host.atob;
  globalThis.btoa = host.btoa;
  globalThis.__call = (event, query, done) => {
    const argument = JSON.parse(event);
    if (argument.request) {
      Object.defineProperty(argument.request, 'rawQueryString', { value: () => query, enumerable: false });
    }
    const fail = (error) => done(JSON.stringify({ error: String((error && error.name ? error.name + ': ' : '')
      + (error && error.message !== undefined ? error.message : error)) }));
    const succeed = (value) => done(JSON.stringify({ result: value === undefined ? null : value, origin: state.origin }));
    if (typeof handler !== 'function') throw new Error('the code declares no function named handler');
    Promise.resolve(handler(argument)).then(succeed).catch(fail);
  };
})`, { filename: 'cloudfront-shim.js' });

const CALL = new vm.Script('__call(__event, __query, __done)', { filename: 'call.js' });

const HOST = Object.freeze({
  bytes: (value) => Buffer.from(value, 'utf8'),
  crypto: Object.freeze({ createHash: crypto.createHash, createHmac: crypto.createHmac }),
  querystring: Object.freeze({ parse: querystring.parse, stringify: querystring.stringify,
    escape: querystring.escape, unescape: querystring.unescape }),
  buffer: Object.freeze({ Buffer }),
  atob,
  btoa,
});

function compile(code) {
  const translated = code.replace(IMPORT, (_, names, module) => `const ${names} = require(${JSON.stringify(module)});`);
  return new vm.Script(translated, { filename: 'function.js' });
}

function once({ script, store, event, query, limit }) {
  const logs = [];
  let answer = null;
  const context = vm.createContext({ __event: event, __query: query, __done: (text) => { answer = text; } }, {
    codeGeneration: { strings: false, wasm: false }, microtaskMode: 'afterEvaluate' });
  PRELUDE.runInContext(context)(store, logs, HOST);
  script.runInContext(context, { timeout: limit });
  CALL.runInContext(context, { timeout: limit });
  if (answer === null) throw new Error('the handler never settles');
  return { ...JSON.parse(answer), logs };
}

// The limit is one of processor time. A busy machine may take the wall's time away from an honest function.
function call(message) {
  const entry = functions.get(message.function);
  if (!entry) return { error: 'the function is not loaded', kind: 'execution' };
  if (entry.error) return { error: entry.error, kind: 'execution' };
  const store = message.store ? stores.get(message.store) : null;
  for (let attempt = 1; ; attempt++) {
    const before = process.cpuUsage();
    try {
      return once({ script: entry.script, store, event: message.event, query: message.query, limit: message.limit });
    } catch (error) {
      const timedOut = error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
      const used = process.cpuUsage(before);
      const milliseconds = (used.user + used.system) / 1000;
      if (timedOut && milliseconds < message.limit / 2 && attempt < 3) continue;
      return { error: String((error && error.message) || error), kind: timedOut ? 'timeout' : 'execution' };
    }
  }
}

function load(message) {
  try {
    functions.set(message.function, { script: compile(message.code) });
  } catch (error) {
    functions.set(message.function, { error: `${error.name}: ${error.message}` });
  }
}

const operations = {
  load,
  store: (message) => { stores.set(message.store, message.content); },
  forget: (message) => { functions.delete(message.function); },
  call: (message) => {
    process.stdout.write(JSON.stringify({ id: message.id, ...call(message) }) + '\n');
  },
};

readline.createInterface({ input: process.stdin, crlfDelay: Infinity }).on('line', (line) => {
  const message = JSON.parse(line);
  operations[message.operation](message);
}).on('close', () => process.exit(0));

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frontendApiHost } from '#lib/clerk/publishable-key.ts';
import { appOrigins } from '#lib/http/origin.ts';
import { contentSecurityPolicy } from '#lib/http/security-headers.ts';
import { PUBLISHABLE_KEY } from './support/fake-clerk.ts';

const policy = (more: object = {}) =>
  new Map(
    contentSecurityPolicy({ nonce: 'abc', clerkHost: 'clerk.yourapp.com', apiBaseUrl: 'https://api.yourapp.com/v1', development: false, ...more })
      .split('; ')
      .map((directive) => [directive.split(' ')[0]!, directive.split(' ').slice(1)]),
  );

test('the policy admits Clerk, its images and its challenges, and the backend', () => {
  const found = policy();
  assert.ok(found.get('script-src')?.includes('https://clerk.yourapp.com'));
  assert.ok(found.get('script-src')?.includes('https://challenges.cloudflare.com'));
  assert.ok(found.get('connect-src')?.includes('https://api.yourapp.com'));
  assert.ok(found.get('connect-src')?.includes('https://clerk.yourapp.com'));
  assert.ok(found.get('img-src')?.includes('https://img.clerk.com'));
  assert.deepEqual(found.get('worker-src'), ["'self'", 'blob:']);
  assert.deepEqual(found.get('frame-ancestors'), ["'none'"]);
});

test('no inline script runs without the nonce', () => {
  const scripts = policy().get('script-src')!;
  assert.ok(scripts.includes("'nonce-abc'"));
  assert.ok(!scripts.includes("'unsafe-inline'") && !scripts.includes("'unsafe-eval'"));
  assert.ok(!contentSecurityPolicy({ nonce: 'abc', clerkHost: null, apiBaseUrl: '', development: false }).includes('unsafe'));
});

test('the host of a publishable key, or none', () => {
  assert.equal(frontendApiHost(PUBLISHABLE_KEY), 'clerk.yourapp.com');
  assert.equal(frontendApiHost(`pk_test_${btoa('a-b-1.clerk.accounts.dev$')}`), 'a-b-1.clerk.accounts.dev');
  for (const key of ['', 'pk_live_', 'pk_live_%%%', 'pk_live_Y', 'pk_live_a_b', `pk_live_${btoa('clerk.yourapp.com')}`, `pk_live_${btoa('localhost$')}`, `pk_live_${btoa('evil.com/x$')}`, `sk_live_${btoa('clerk.yourapp.com$')}`]) {
    assert.equal(frontendApiHost(key), null, key);
  }
});

test('the app’s origins are its address with and without www', () => {
  assert.deepEqual(appOrigins('https://yourapp.com/'), ['https://yourapp.com', 'https://www.yourapp.com']);
  assert.deepEqual(appOrigins('https://www.yourapp.com'), ['https://www.yourapp.com', 'https://yourapp.com']);
  assert.deepEqual(appOrigins('http://localhost:3000'), ['http://localhost:3000', 'http://www.localhost:3000']);
  assert.deepEqual(appOrigins('yourapp.com'), []);
});

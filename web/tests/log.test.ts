import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog, word } from '#lib/log.ts';

test('a reason is one lower-case word with dashes, or "other"', () => {
  assert.equal(word('form_password_pwned'), 'form-password-pwned');
  assert.equal(word('Token-Expired'), 'token-expired');
  for (const reason of ['alice@example.com', 'no such user: alice', '', 'a'.repeat(80), 'sk live', 'x\ny']) assert.equal(word(reason), 'other');
});

test('an error’s name that is a message is not written', () => {
  const written: string[] = [];
  const log = createLog({ release: { commit: 'c', job: 'j', slot: 's', revision: 'r' }, write: (text) => void written.push(text), now: () => 0 });
  log({ event: 'server.error', reason: 'unexpected-error', error: 'cannot read /run/secrets/alice' });
  assert.equal(JSON.parse(written[0]!).error, 'Error');
});

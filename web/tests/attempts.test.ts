import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Attempts } from '#lib/attempts.ts';

function attempts(maximumKeys = 100) {
  const clock = { now: 0 };
  return { clock, it: new Attempts({ limit: 2, windowMs: 60_000, maximumKeys, now: () => clock.now }) };
}

test('the limit ends with its window, and says how long that takes', () => {
  const { clock, it } = attempts();
  assert.equal(it.take('a'), null);
  assert.equal(it.take('a'), null);
  clock.now = 500;
  assert.equal(it.take('a'), 60);
  assert.equal(it.take('b'), null);
  clock.now = 60_000;
  assert.equal(it.take('a'), null);
});

test('an attempt that said nothing is given back', () => {
  const { it } = attempts();
  for (let count = 0; count < 5; count++) {
    assert.equal(it.take('a'), null);
    it.giveBack('a');
  }
});

test('memory is bounded: the oldest key goes', () => {
  const { it } = attempts(3);
  it.take('a');
  it.take('a');
  for (const key of ['b', 'c', 'd']) it.take(key);
  assert.equal(it.take('a'), null, 'a was forgotten');
});

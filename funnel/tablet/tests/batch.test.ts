import assert from 'node:assert/strict';
import { test } from 'node:test';
import { afterRefusal, afterSilence, afterSuccess, backoff, FRESH, FULL_BATCH } from '../src/core/batch.ts';

test('the wait doubles from one second to a minute, a quarter more or less', () => {
  assert.deepEqual([1, 2, 3, 7, 8, 40].map((n) => backoff(n, 0.5)), [1_000, 2_000, 4_000, 60_000, 60_000, 60_000]);
  assert.equal(backoff(1, 0), 750);
  assert.equal(backoff(1, 1), 1_250);
});

test('silence never makes the batch smaller: it says nothing about what was sent', () => {
  let pace = FRESH;
  for (let n = 0; n < 10; n += 1) pace = afterSilence(pace);
  assert.equal(pace.limit, FULL_BATCH);
  assert.equal(pace.failures, 10);
});

test('a batch refused three times is halved down to one, which is tried three times more', () => {
  let pace = FRESH;
  const sizes = [pace.limit];
  let tries = 0;
  for (; tries < 60 && !pace.suspect; tries += 1) {
    pace = afterRefusal(pace, pace.limit, false);
    if (sizes.at(-1) !== pace.limit) sizes.push(pace.limit);
  }
  assert.deepEqual(sizes, [100, 50, 25, 12, 6, 3, 1]);
  assert.equal(tries, 3 + 5 + 3);
});

test('what is too large is halved at once', () => {
  assert.equal(afterRefusal(FRESH, 100, true).limit, 50);
});

test('a batch smaller than the limit is halved by its own size', () => {
  let pace = FRESH;
  for (let n = 0; n < 3; n += 1) pace = afterRefusal(pace, 8, false);
  assert.equal(pace.limit, 4);
});

test('a refused empty poll suspects nobody', () => {
  let pace = FRESH;
  for (let n = 0; n < 9; n += 1) pace = afterRefusal(pace, 0, false);
  assert.equal(pace.limit, FULL_BATCH);
  assert.ok(!pace.suspect);
});

test('a good answer forgets the failures and doubles the batch up to its full size', () => {
  assert.deepEqual(afterSuccess({ limit: 1, failures: 7, refusals: 2, suspect: true }), { ...FRESH, limit: 2 });
  assert.equal(afterSuccess({ ...FRESH, limit: 80 }).limit, FULL_BATCH);
});

// What a timer shows, and what a countdown has left.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mmss } from '../src/core/clock.ts';

test('minutes and seconds, hours once there are any, and never less than nothing', () => {
  const shown = { '-1': '00:00', 0: '00:00', 999: '00:00', 59_999: '00:59', 60_000: '01:00', 300_000: '05:00', 3_599_999: '59:59', 3_600_000: '1:00:00', 37_265_000: '10:21:05' };
  for (const [milliseconds, words] of Object.entries(shown)) assert.equal(mmss(Number(milliseconds)), words);
});

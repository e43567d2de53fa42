// What lets somebody in without a network, as costly as it is on a tablet; the tests of the screens make it cheap.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { afterWrong, makeVerifier, matches, NO_TRIES } from '../src/core/pin.ts';

const MINUTE = 60_000;

test('the right PIN alone matches, and two verifiers of one PIN have nothing in common', async () => {
  const [one, two] = await Promise.all([makeVerifier('482913', 12), makeVerifier('482913', 12)]);
  assert.deepEqual(
    await Promise.all(['482913', '482914', ''].map((pin) => matches(pin, one))),
    [true, false, false],
  );
  assert.notDeepEqual(one.salt, two.salt);
  assert.notEqual(one.hash, two.hash);
  // As many rounds as OWASP asks of PBKDF2 with HMAC-SHA256 (Password Storage Cheat Sheet, 2023).
  assert.equal(one.iterations, 600_000);
});

test('a verifier tells how long it holds', async () => {
  const before = Date.now();
  const { until } = await makeVerifier('482913', 12);
  assert.ok(until >= before + 12 * 60 * MINUTE && until <= Date.now() + 12 * 60 * MINUTE);
});

test('four wrong ones are free; the fifth waits half a minute, each further one twice as long, up to half an hour', () => {
  let tries = NO_TRIES;
  const waits = Array.from({ length: 13 }, () => {
    tries = afterWrong(tries, 0);
    return tries.until / MINUTE;
  });
  assert.deepEqual(waits, [0, 0, 0, 0, 0.5, 1, 2, 4, 8, 16, 30, 30, 30]);
});

// What the page of the proof calls a day.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outcomeOf } from '../src/manage/trust/outcome.ts';

const DAY = { finished_at: '2026-06-18T00:01:00Z', ours: 3, theirs: 3, to_look_into: 0, looked_into: 0 };

test('only a finished day without any difference is alike', () => {
  assert.equal(outcomeOf(DAY), 'alike');
  assert.equal(outcomeOf({ ...DAY, finished_at: null, ours: 0, theirs: 0 }), 'unfinished');
  assert.equal(outcomeOf({ ...DAY, theirs: 4, to_look_into: 1, looked_into: 1 }), 'unlike');
  assert.equal(outcomeOf({ ...DAY, theirs: 4, looked_into: 1 }), 'lookedInto');
  assert.equal(outcomeOf({ ...DAY, theirs: 2 }), 'otherDay');
});

test('where the provider counts for several brands the differences alone decide', () => {
  assert.equal(outcomeOf({ ...DAY, theirs: null }), 'alike');
  assert.equal(outcomeOf({ ...DAY, theirs: null, to_look_into: 1 }), 'unlike');
  assert.equal(outcomeOf({ ...DAY, theirs: null, looked_into: 1 }), 'lookedInto');
});

test('what was found before the provider had answered in full is told all the same', () => {
  assert.equal(outcomeOf({ ...DAY, finished_at: null, to_look_into: 1 }), 'unlike');
});

// Times as the manager's page prints them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clockTime, dayAndTime } from '../src/manage/format.ts';

const MIDNIGHT = '2026-06-17T04:00:00Z';

test('the first hour of the day is 00, in both languages', () => {
  for (const language of ['en', 'zh'] as const) {
    assert.equal(clockTime(language, MIDNIGHT, 'America/New_York'), '00:00');
    assert.match(dayAndTime(language, MIDNIGHT, 'America/New_York'), /00:00$/);
    assert.match(dayAndTime(language, '2026-06-17T17:05:00Z', 'America/New_York'), /13:05$/);
  }
});

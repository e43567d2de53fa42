// What a timer shows, and which day it is where the shop is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { businessDate, daysAfter, mmss, noon } from '../src/core/clock.ts';

test('minutes and seconds, hours once there are any, and never less than nothing', () => {
  const shown = { '-1': '00:00', 0: '00:00', 999: '00:00', 59_999: '00:59', 60_000: '01:00', 300_000: '05:00', 3_599_999: '59:59', 3_600_000: '1:00:00', 37_265_000: '10:21:05' };
  for (const [milliseconds, words] of Object.entries(shown)) assert.equal(mmss(Number(milliseconds)), words);
});

test('days are counted by the calendar, over months, years and changed clocks', () => {
  const days: [string, number, string][] = [
    ['2026-02-28', 1, '2026-03-01'],
    ['2028-02-28', 1, '2028-02-29'],
    ['2026-12-31', 1, '2027-01-01'],
    ['2026-11-01', 0, '2026-11-01'],
    ['2026-11-01', 1, '2026-11-02'],
    ['2027-03-13', 30, '2027-04-12'],
  ];
  for (const [date, count, then] of days) assert.equal(daysAfter(date, count), then);
});

test('noon of a day is noon where the shop is, and never on another day', () => {
  const zones = ['America/New_York', 'Europe/London', 'Asia/Shanghai', 'Pacific/Kiritimati', 'Pacific/Pago_Pago', 'Asia/Kathmandu', 'Etc/GMT+12', 'UTC'];
  for (const zone of zones) {
    for (let date = '2026-01-01'; date < '2028-01-01'; date = daysAfter(date, 1)) {
      const at = noon(date, zone);
      assert.equal(businessDate(Date.parse(at), zone, 0), date);
      const hour = new Date(at).toLocaleTimeString('en-GB', { timeZone: zone, hour: '2-digit' });
      assert.ok(['11', '12', '13'].includes(hour), `${zone} ${at}: ${hour}`);
    }
  }
  assert.equal(noon('2026-12-02', 'America/New_York'), '2026-12-02T17:00:00.000Z');
  assert.equal(noon('2026-12-02', 'Pacific/Kiritimati'), '2026-12-01T22:00:00.000Z');
});

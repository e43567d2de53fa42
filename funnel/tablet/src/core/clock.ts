// Which time it is for the server, and whether somebody moved this tablet's clock.
import { signal } from '@preact/signals';

export type Sample = { offset_ms: number; rtt_ms: number };

/** The tablet's clock is never corrected; this is what has to be added to it. */
export const clock = signal<Sample>({ offset_ms: 0, rtt_ms: 60_000 });

/** False until the server has said its time once since this page was opened: until then the offset is a guess. */
let learned = false;

/** What the server is told about this tablet's clock. A guess told as knowledge would move every time by the error. */
export const measured = (): Sample | { offset_ms: null; rtt_ms: null } =>
  learned ? clock.value : { offset_ms: null, rtt_ms: null };

/** Milliseconds of the server's time, ticking once a second: only what reads it is painted again. */
export const now = signal(Date.now());

const SLACK_MS = 50;
const HOUR_MS = 3_600_000;

/**
 * The offset of the quickest round trip is the truest and is kept. An answer that cannot be true beside it means that
 * one of the two clocks was moved, so it replaces what was known.
 */
export function better(known: Sample, fresh: Sample): Sample {
  const doubt = (known.rtt_ms + fresh.rtt_ms) / 2 + SLACK_MS;
  if (Math.abs(known.offset_ms - fresh.offset_ms) > doubt) return fresh;
  return fresh.rtt_ms <= known.rtt_ms ? fresh : known;
}

export function learn(serverTime: string, sentAt: number, receivedAt: number): void {
  const server = Date.parse(serverTime);
  if (Number.isNaN(server)) return;
  const fresh = { offset_ms: Math.round(server - (sentAt + receivedAt) / 2), rtt_ms: Math.round(receivedAt - sentAt) };
  clock.value = better(clock.value, fresh);
  learned = true;
  now.value = serverNow();
}

export function serverNow(): number {
  return Date.now() + clock.value.offset_ms;
}

const JUMP_MS = 5_000;
let anchor = Date.now() - performance.now();
let wasHidden = false;

/**
 * How far the wall clock was moved since the last look, or 0. While the page was hidden the machine may have slept,
 * which stops `performance.now()` on some of them; that is not a changed clock, so the look only starts anew.
 */
export function clockJump(): number {
  const current = Date.now() - performance.now();
  const jump = Math.round(current - anchor);
  if (Math.abs(jump) <= JUMP_MS) {
    wasHidden = document.hidden;
    return 0;
  }
  anchor = current;
  const slept = wasHidden && jump > 0;
  wasHidden = false;
  return slept ? 0 : jump;
}

export function startClock(): void {
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) wasHidden = true;
    else now.value = serverNow();
  });
  setInterval(() => {
    if (!document.hidden) now.value = serverNow();
  }, 1_000);
}

let dayFormat: { zone: string; format: Intl.DateTimeFormat } | null = null;

/** The business day of an instant: the local date of the shop, which only turns at its cutoff. */
export function businessDate(at: number, zone: string, cutoffMinutes: number): string {
  if (dayFormat?.zone !== zone) {
    const options = { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' } as const;
    dayFormat = { zone, format: new Intl.DateTimeFormat('en-US', options) };
  }
  // Put together from its parts: no locale writes 2026-11-25 in every browser, and a date in another form is no day at all.
  const parts = dayFormat.format.formatToParts(new Date(at - cutoffMinutes * 60_000));
  const part = (type: 'year' | 'month' | 'day'): string => parts.find((each) => each.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${part('day')}`;
}

/** The date so many days after another. The calendar counts them: a day can have 23 or 25 hours. */
export const daysAfter = (date: string, days: number): string =>
  new Date(Date.parse(date) + 24 * HOUR_MS * days).toISOString().slice(0, 10);

/** Noon of a date where the shop is, to the hour; where its clocks are changed that day, an hour beside. */
export function noon(date: string, zone: string): string {
  // Nowhere does a day begin earlier.
  let at = Date.parse(date) - 14 * HOUR_MS;
  while (businessDate(at, zone, 0) < date) at += HOUR_MS;
  return new Date(at + 12 * HOUR_MS).toISOString();
}

/** mm:ss, or h:mm:ss from one hour on. Never negative: a clock that runs backwards frightens. */
export function mmss(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1_000));
  const two = (value: number): string => String(value).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${two(minutes)}:${two(seconds % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
}

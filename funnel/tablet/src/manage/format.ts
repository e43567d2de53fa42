// Numbers and dates in the words of the chosen language.
import type { Language, Share } from './types';

export const locale = (language: Language): string => (language === 'zh' ? 'zh-CN' : 'en-US');

export function percent(language: Language, fraction: number): string {
  return new Intl.NumberFormat(locale(language), { style: 'percent', maximumFractionDigits: 0 }).format(fraction);
}

/** "18–31%", the sign printed once. */
export function interval(language: Language, share: Share): string | null {
  if (share.low == null || share.high == null) return null;
  return `${Math.round(share.low * 100)}–${percent(language, share.high)}`;
}

export function count(language: Language, n: number): string {
  return new Intl.NumberFormat(locale(language)).format(n);
}

/** Minor units to money; how many there are in one unit is the currency's own (yen have none). */
export function money(language: Language, minor: number, currency: string): string {
  const format = new Intl.NumberFormat(locale(language), { style: 'currency', currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  const amount = minor / 10 ** digits;
  if (amount < 10_000) return format.format(amount);
  return new Intl.NumberFormat(locale(language), { style: 'currency', currency, maximumFractionDigits: 0 }).format(amount);
}

// A business date is a day of the store, without a zone: read and printed as UTC, it stays the day it is.
function day(language: Language, date: string, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(locale(language), { timeZone: 'UTC', ...options }).format(new Date(`${date}T00:00:00Z`));
}

export function longDay(language: Language, date: string): string {
  return day(language, date, { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' });
}

/** A day of the last weeks, of which nobody asks the year. */
export function recentDay(language: Language, date: string): string {
  return day(language, date, { weekday: 'short', day: 'numeric', month: 'short' });
}

export function shortDay(language: Language, date: string): string {
  return day(language, date, { day: 'numeric', month: 'numeric' });
}

export function weekday(language: Language, date: string): string {
  return day(language, date, { weekday: 'short' });
}

export function clockTime(language: Language, moment: string, zone: string | null): string {
  const options: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
  // Of several stores no zone is the right one: then it is the reader's own, and says so.
  if (zone === null) options.timeZoneName = 'short';
  else options.timeZone = zone;
  return new Intl.DateTimeFormat(locale(language), options).format(new Date(moment));
}

/** "Wed, 25 Nov, 14:05", by the store's own clock. */
export function dayAndTime(language: Language, moment: string, zone: string | null): string {
  const options: Intl.DateTimeFormatOptions = {
    ...{ weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
    ...(zone === null ? {} : { timeZone: zone }),
  };
  return new Intl.DateTimeFormat(locale(language), options).format(new Date(moment));
}

/** "Eastern Time (America/New_York)". */
export function zoneName(language: Language, zone: string): string {
  const parts = new Intl.DateTimeFormat(locale(language), { timeZone: zone, timeZoneName: 'longGeneric' }).formatToParts();
  const name = parts.find((part) => part.type === 'timeZoneName')?.value;
  return name === undefined ? zone : `${name} (${zone})`;
}

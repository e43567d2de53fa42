// The rules as they stand in the fields: everything as it was typed, so that what makes no sense can also be kept and shown.
import { GROUPS, type Group } from '../../generated/messaging';
import type { components } from '../../generated/api';

type Schemas = components['schemas'];
export type Policy = Schemas['PolicyOut'];
export type Country = Schemas['CountryHoursOut'];
export type Sender = Schemas['SenderOut'];
export type Hours = Schemas['Hours'] | null;
type Terms = Schemas['Terms'];

/** One weekday; the times stay while it is off, so that switching it on again brings them back. */
export type Day = { on: boolean; opens: string; closes: string };
export type Form = {
  quiet: boolean;
  days: Readonly<Record<string, readonly Day[]>>;
  cap: boolean;
  capHours: string;
  overnight: Terms['overnight'];
  limited: boolean;
  budget: string;
  absent: Readonly<Record<Group, Terms['on_absent'][string]>>;
};
/** The parts of the page, in its order. */
export const PARTS = ['quiet', 'cap', 'overnight', 'budget', 'absent'] as const;
export type Part = (typeof PARTS)[number];

const DAY_MINUTES = 24 * 60;
const MOST_CAP_HOURS = 24 * 7;
const MOST_BUDGET = 1_000_000;
const USUAL_DAY: Day = { on: false, opens: '09:00', closes: '20:00' };

/** "09:00"; the end of a day is "24:00", which a browser's own field for times does not know. */
export function clock(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}

/** A time as people type it: 9, 9:30, 0930, 9.30, 9：30 or 6:30 pm. */
function minutes(typed: string): number | null {
  const found = /^(\d{1,2})(?:[:.：]?(\d\d))?\s*(?:([ap])\.?m\.?)?$/i.exec(typed.trim());
  if (found === null) return null;
  const [hour, minute, half] = [Number(found[1]), Number(found[2] ?? 0), found[3]?.toLowerCase()];
  if (minute > 59 || (half !== undefined && (hour < 1 || hour > 12))) return null;
  const value = (half === undefined ? hour : (hour % 12) + (half === 'p' ? 12 : 0)) * 60 + minute;
  return value <= DAY_MINUTES ? value : null;
}

export const daysOf = (hours: readonly Hours[]): readonly Day[] =>
  hours.map((day) => (day === null ? USUAL_DAY : { on: true, opens: clock(day.opens), closes: clock(day.closes) }));

export function formOf(policy: Policy): Form {
  const { settings } = policy;
  return {
    quiet: settings.quiet_hours,
    days: Object.fromEntries(policy.countries.map(({ country, hours }) => [country, daysOf(hours)])),
    cap: settings.cap,
    capHours: String(settings.cap_hours),
    overnight: settings.overnight,
    limited: settings.daily_budget != null,
    budget: String(settings.daily_budget ?? ''),
    absent: Object.fromEntries(GROUPS.map((group) => [group, settings.on_absent[group] ?? 'resend'])) as Form['absent'],
  };
}

function whole(typed: string, most: number): number | null {
  const value = /^\d{1,9}$/.test(typed.trim()) ? Number(typed) : 0;
  return value >= 1 && value <= most ? value : null;
}

export type DayFault = 'times' | 'order';

export function dayFault(day: Day): DayFault | null {
  if (!day.on) return null;
  const [opens, closes] = [minutes(day.opens), minutes(day.closes)];
  if (opens === null || closes === null) return 'times';
  return closes > opens ? null : 'order';
}

export const capIsWrong = (form: Form): boolean => form.cap && whole(form.capHours, MOST_CAP_HOURS) === null;
export const budgetIsWrong = (form: Form): boolean => form.limited && whole(form.budget, MOST_BUDGET) === null;

export const isWrong = (form: Form): boolean =>
  capIsWrong(form) || budgetIsWrong(form) || Object.values(form.days).some((week) => week.some((day) => dayFault(day) !== null));

function hoursOf(week: readonly Day[]): Hours[] {
  return week.map((day) => (day.on ? { opens: minutes(day.opens) ?? 0, closes: minutes(day.closes) ?? 0 } : null));
}

const alike = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
const inOrder = (week: readonly Hours[]): (readonly number[] | null)[] => week.map((day) => day && [day.opens, day.closes]);

export const isUsual = (country: Country, week: readonly Day[]): boolean => alike(inOrder(hoursOf(week)), inOrder(country.usual));

/** What is sent: only the hours that differ from a country's usual ones, and only limits that hold. */
export function termsOf(form: Form, policy: Policy): Terms {
  const own = policy.countries.flatMap((country) => {
    const week = form.days[country.country];
    return week === undefined || isUsual(country, week) ? [] : [[country.country, hoursOf(week)] as const];
  });
  return {
    quiet_hours: form.quiet,
    hours: Object.fromEntries(own),
    cap: form.cap,
    cap_hours: whole(form.capHours, MOST_CAP_HOURS) ?? policy.settings.cap_hours,
    overnight: form.overnight,
    daily_budget: form.limited ? whole(form.budget, MOST_BUDGET) : null,
    on_absent: Object.fromEntries(GROUPS.filter((group) => form.absent[group] !== 'resend').map((group) => [group, form.absent[group]])),
  };
}

/** The parts in which two forms say something else; what is typed under a switch that is off says nothing. */
export function differences(one: Form, other: Form): readonly Part[] {
  const said = (form: Form): Record<Part, unknown> => ({
    quiet: [form.quiet, Object.entries(form.days).sort().map(([country, week]) => [country, inOrder(hoursOf(week)), week.map(dayFault)])],
    cap: [form.cap, form.cap && form.capHours],
    overnight: form.overnight,
    budget: [form.limited, form.limited && form.budget],
    absent: GROUPS.map((group) => form.absent[group]),
  });
  const [mine, theirs] = [said(one), said(other)];
  return PARTS.filter((part) => !alike(mine[part], theirs[part]));
}

// Which language the screens speak. A signal, so that a switch repaints what is shown and loses nothing that is typed.
import { signal } from '@preact/signals';
import type { Lang, Titled } from '../core/wire';
import { crm, funnel, messaging } from '../generated/contract';
import { en } from './en';
import { zh } from './zh';

export type Key = keyof typeof en;
/** Chinese says the same of one as of many. */
const DICTIONARIES: Record<Lang, Partial<Record<Key, string>>> = { en, zh };
/** The manager's page reads the same one. */
const KEPT = 'sendoff.language';

function kept(): Lang | null {
  const value = localStorage.getItem(KEPT);
  return value === 'en' || value === 'zh' ? value : null;
}

export const lang = signal<Lang>(kept() ?? (navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en'));

/** The shop's own language, as long as nobody has chosen and the browser does not ask for Chinese. */
export function suggestLanguage(language: Lang): void {
  if (kept() === null && !navigator.language.toLowerCase().startsWith('zh')) lang.value = language;
}

export function switchLanguage(): void {
  lang.value = lang.value === 'en' ? 'zh' : 'en';
  localStorage.setItem(KEPT, lang.value);
}

// Another page of this tablet changed it: the demo shows the tablet and the manager beside each other.
addEventListener('storage', (event) => {
  if (event.key === KEPT) lang.value = kept() ?? lang.value;
});

/** For the `lang` attribute: it decides the font, the line height and the voice of a screen reader. */
export const htmlLang = (language: Lang): string => (language === 'zh' ? 'zh-Hans' : 'en');

type Values = Readonly<Record<string, string | number>>;

export function t(key: Key, values: Values = {}): string {
  return (DICTIONARIES[lang.value][key] ?? '').replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** The sentence for one, or the one for any other number. */
export function tn(key: Key, n: number, values: Values = {}): string {
  const one = `${key}_one`;
  return t(n === 1 && one in DICTIONARIES[lang.value] ? (one as Key) : key, { n, ...values });
}

export const title = (titled: Titled): string => titled[lang.value] || titled.en;

/** The dictionary's words for a code, or nothing when it has none. */
export function tCode(code: string, prefix = ''): string {
  const key = `${prefix}${code}`;
  return key in en ? t(key as Key) : '';
}

/** Why somebody is away; a code that this tablet does not know says nothing. */
export function awayReason(code: string): string {
  const titles: Readonly<Record<string, Titled>> = funnel.AWAY;
  return titles[code]?.[lang.value] ?? '';
}

export function noTextReason(reason: string | null): string {
  const sentences: Readonly<Record<string, Titled>> = messaging.REASONS;
  return reason === null ? '' : (sentences[reason]?.[lang.value] ?? '');
}

export function quarantineReason(code: string): string {
  const sentences: Readonly<Record<string, Titled>> = funnel.QUARANTINE;
  return sentences[code]?.[lang.value] ?? code;
}

/** Why a number cannot be texted, in the same words as everywhere. */
export function numberProblem(code: string | null | undefined): string {
  const sentences: Readonly<Record<string, Titled>> = crm.NUMBER_PROBLEMS;
  return sentences[code ?? '']?.[lang.value] ?? sentences['number_invalid']?.[lang.value] ?? '';
}

// Making one costs more than a frame can spare on a full screen.
const formats = new Map<string, Intl.DateTimeFormat>();
const locale = (): string => (lang.value === 'zh' ? 'zh-CN' : 'en-GB');

/** "Thu 26 Nov", of a day as a date input writes it. */
export function dayName(day: string): string {
  const options = { weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' } as const;
  return new Intl.DateTimeFormat(locale(), options).format(new Date(`${day}T00:00:00Z`));
}

/** 14:05, in the shop's own zone: a tablet may be set to another one. */
export function clockTime(iso: string, zone: string): string {
  const key = `${locale()} ${zone}`;
  const options = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: zone } as const;
  const format = formats.get(key) ?? new Intl.DateTimeFormat(locale(), options);
  formats.set(key, format);
  return format.format(new Date(iso));
}

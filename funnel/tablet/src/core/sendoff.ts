// The send-off form of each open visit. What is typed survives a reload, encrypted like everything with a number in it.
import { signal } from '@preact/signals';
import { api, Problem } from './api';
import type { PersonRow } from './db';
import { getDraft, setDraft } from './db';
import type { VisitView } from './fold';
import { uuid7 } from './ids';
import { hide, open, seal } from './seal';
import { config, people } from './state';
import { countryOf } from './text';
import { depart, personOf } from './verbs';
import type { Lang, NumberAnswer, WireConsent } from './wire';

export type Choice = 'none' | 'thanks' | 'offers';
export type Form = {
  name: string;
  address_as: string;
  number: string;
  country: string;
  language: Lang;
  /** Null until somebody has asked: saying nothing is not a yes. */
  choice: Choice | null;
};
export type Check = { state: 'idle' | 'asking' | 'offline' } | { state: 'told'; answer: NumberAnswer };

export const forms = signal<ReadonlyMap<string, Form>>(new Map());
export const checks = signal<ReadonlyMap<string, Check>>(new Map());
/** Visits whose save was pressed too early, so that the missing things are pointed out. */
export const insisted = signal<ReadonlySet<string>>(new Set());

const SAVE_AFTER_MS = 400;
const ASK_AFTER_MS = 350;
const FEWEST_DIGITS = 6;
const timers = new Map<string, number>();

function later(key: string, milliseconds: number, run: () => void): void {
  clearTimeout(timers.get(key));
  timers.set(key, window.setTimeout(run, milliseconds));
}

const digits = (text: string): string => text.normalize('NFKC').replace(/\D/g, '');

function empty(view: VisitView): Form {
  const known = personOf(view);
  const store = config.value?.store;
  return {
    name: known?.name ?? '',
    address_as: known?.address_as ?? '',
    number: '',
    country: known?.country || store?.country || '',
    language: known?.language ?? store?.language ?? 'en',
    choice: null,
  };
}

export const formOf = (view: VisitView): Form => forms.value.get(view.id) ?? empty(view);
export const checkOf = (id: string): Check => checks.value.get(id) ?? { state: 'idle' };

/** Whether the server knows that the number which is typed asked for no more texts. */
export function optedOut(id: string): boolean {
  const check = checkOf(id);
  return check.state === 'told' && check.answer.opted_out === true;
}

/** Bring back what was typed before a reload or an idle lock. */
export async function recall(view: VisitView): Promise<void> {
  if (forms.value.has(view.id)) return;
  const stored = await getDraft(view.id).catch(() => undefined);
  if (stored === undefined) return;
  const form = await open<Form>(stored).catch(() => null);
  if (form !== null && !forms.value.has(view.id)) edit(view, form);
}

export function edit(view: VisitView, patch: Partial<Form>): void {
  const form = { ...formOf(view), ...patch };
  forms.value = new Map([...forms.value, [view.id, form]]);
  later(`draft:${view.id}`, SAVE_AFTER_MS, () => {
    void seal(form).then((sealed) => setDraft(view.id, sealed)).catch(() => undefined);
  });
  if (patch.number !== undefined || patch.country !== undefined) askAbout(view.id, form.number, form.country);
}

function tell(id: string, check: Check): void {
  checks.value = new Map([...checks.value, [id, check]]);
}

/** Ask the server about a number while it is typed; whoever hears no answer may go on. */
export function askAbout(id: string, number: string, country: string): void {
  if (digits(number).length < FEWEST_DIGITS) {
    clearTimeout(timers.get(`check:${id}`));
    tell(id, { state: 'idle' });
    return;
  }
  tell(id, { state: 'asking' });
  later(`check:${id}`, ASK_AFTER_MS, () => {
    api.checkNumber(number.trim(), country).then(
      (answer) => current(id, number, country) && tell(id, { state: 'told', answer }),
      (error: unknown) => {
        const code = error instanceof Problem && error.code.startsWith('number') ? error.code : '';
        const answer = { ok: false, country: '', national: '', kind: '', code };
        if (current(id, number, country)) tell(id, code === '' ? { state: 'offline' } : { state: 'told', answer });
      },
    );
  });
}

/** An answer about what was typed before must not judge what stands there now. */
function current(id: string, number: string, country: string): boolean {
  const form = forms.value.get(id);
  return form !== undefined && form.number === number && form.country === country;
}

/** The country of the number that is typed: what the server has read in it, else what it says itself. */
export function numberCountry(id: string, form: Form): string {
  const check = checkOf(id);
  const told = check.state === 'told' && check.answer.ok ? check.answer.country : '';
  return countryOf(form.number, form.country, config.value?.countries ?? [], told);
}

function wordingVersion(purpose: string): number {
  const versions = (config.value?.consent_wording ?? []).filter((wording) => wording.purpose === purpose);
  return Math.max(1, ...versions.map((wording) => wording.version));
}

/** Both questions are answered by each choice; a no is recorded as a no. */
export function consentsFor(choice: Choice): WireConsent[] {
  const at = new Date().toISOString();
  return [
    { purpose: 'visit_text', granted: choice !== 'none' },
    { purpose: 'offers', granted: choice === 'offers' },
  ].map(({ purpose, granted }) => ({ id: uuid7(), purpose, wording: wordingVersion(purpose), granted, at }));
}

export type Missing = 'choice' | 'number' | null;

/** What still stands between the form and the door. Without a number there is nothing to agree to. */
export function missing(view: VisitView): Missing {
  const [form, check] = [formOf(view), checkOf(view.id)];
  if (form.number.trim() === '') {
    const known = (personOf(view)?.last4 ?? '') !== '';
    return !known && (form.choice === 'thanks' || form.choice === 'offers') ? 'number' : null;
  }
  if (digits(form.number).length < FEWEST_DIGITS || (check.state === 'told' && !check.answer.ok)) return 'number';
  return form.choice === null ? 'choice' : null;
}

export async function personFrom(id: string, form: Form, known: PersonRow | undefined): Promise<PersonRow> {
  const number = form.number.trim();
  return {
    id,
    name: form.name.trim(),
    address_as: form.address_as.trim(),
    country: form.country,
    language: form.language,
    consents: form.choice === null ? (known?.consents ?? []) : consentsFor(form.choice),
    last4: number === '' ? (known?.last4 ?? '') : digits(number).slice(-4),
    sealed: number === '' ? null : await hide(number),
    rev: (known?.rev ?? 0) + 1,
    acked: known?.acked ?? 0,
    number_state: '',
    code: null,
  };
}

export function forgetForm(id: string): void {
  clearTimeout(timers.get(`draft:${id}`));
  clearTimeout(timers.get(`check:${id}`));
  forms.value = new Map([...forms.value].filter(([key]) => key !== id));
  checks.value = new Map([...checks.value].filter(([key]) => key !== id));
  insisted.value = new Set([...insisted.value].filter((key) => key !== id));
  void setDraft(id, undefined).catch(() => undefined);
}

/** Save and finish. False when something is missing, which is then pointed out. */
export async function finish(view: VisitView, skipContact: boolean): Promise<boolean> {
  const form = formOf(view);
  if (!skipContact && missing(view) !== null) {
    insisted.value = new Set([...insisted.value, view.id]);
    return false;
  }
  const empty = form.name.trim() + form.address_as.trim() + form.number.trim() === '';
  const known = view.customer === null ? undefined : people.value.get(view.customer.id);
  const id = view.customer?.id ?? uuid7();
  await depart(view, skipContact || empty ? null : await personFrom(id, { ...form, country: numberCountry(view.id, form) }, known));
  forgetForm(view.id);
  return true;
}

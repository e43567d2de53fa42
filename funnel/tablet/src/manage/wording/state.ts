// What the wording page knows: the wording in use, what somebody has typed instead of it, and how that would read.
import { computed, effect, signal } from '@preact/signals';
import { API, json, Problem, Silence } from '../../core/http';
import { go } from '../../core/route';
import type { messaging } from '../../generated/contract';
import type { components } from '../../generated/api';
import { page, pathTo, place } from '../pages';
import { endingOf, isAway, manager, signedOut } from '../store';
import type { Language } from '../types';

type Schemas = components['schemas'];
export type Template = Schemas['TemplateOut'];
export type Version = Schemas['TemplateVersionOut'];
export type Preview = Schemas['TemplatePreviewOut'];
export type Sample = Schemas['TemplateSampleOut'];
export type Fault = Schemas['TemplateFaultOut'];
export type Letter = Schemas['ForeignLetterOut'];
export type Trouble = 'offline' | 'server' | 'forbidden';
type Draft = { body: string; replaces: number };
type Theirs = { version: number; body: string };
/** What came of the last try to save, as long as nothing was typed since. */
export type Outcome = { kind: 'saved'; version: number } | { kind: 'refused' } | { kind: 'changed'; theirs: Theirs } | { kind: Trouble };

export const templates = signal<readonly Template[] | null>(null);
export const mayChange = signal(true);
export const trouble = signal<Trouble | null>(null);
export const saving = signal(false);
export const outcome = signal<Outcome | null>(null);
export const shown = signal<{ key: string; body: string; preview: Preview } | null>(null);
/** The preview could not be asked for; the text itself is safe. */
export const blind = signal(false);

const keyOf = (purpose: string, language: string): string => `${purpose}/${language}`;

export const template = computed<Template | null>(() => {
  const all = templates.value ?? [];
  const [, purpose, language] = place.value;
  return all.find((each) => each.purpose === purpose && each.language === language) ?? all[0] ?? null;
});
export const key = computed(() => (template.value === null ? '' : keyOf(template.value.purpose, template.value.language)));

// Wording holds nothing of a customer, so what was typed may lie on the device until it is saved: no error, no closed
// window and no session that ends takes it away.
const KEPT = 'sendoff.manage.wording';
type Drawer = { manager: string; drafts: Record<string, Draft> };

function readDrafts(): Record<string, Draft> {
  try {
    const drawer = JSON.parse(localStorage.getItem(KEPT) ?? 'null') as Drawer | null;
    return drawer !== null && drawer.manager === manager.value?.id ? drawer.drafts : {};
  } catch {
    return {};
  }
}

export const drafts = signal<Record<string, Draft>>(readDrafts());
export const draft = computed<Draft | null>(() => drafts.value[key.value] ?? null);
export const text = computed(() => draft.value?.body ?? template.value?.current.body ?? '');
export const isChanged = computed(() => draft.value !== null);

function keep(next: Record<string, Draft>): void {
  drafts.value = next;
  try {
    localStorage.setItem(KEPT, JSON.stringify({ manager: manager.value?.id ?? '', drafts: next } satisfies Drawer));
  } catch {
    // A full disk: the text stays on the screen, and is only not kept beyond it.
  }
}

function without(which: string): Record<string, Draft> {
  return Object.fromEntries(Object.entries(drafts.value).filter(([each]) => each !== which));
}

export function type(body: string, replaces?: number): void {
  const now = template.value;
  if (now === null) return;
  outcome.value = null;
  if (body === now.current.body) keep(without(key.value));
  else keep({ ...drafts.value, [key.value]: { body, replaces: replaces ?? draft.value?.replaces ?? now.current.version } });
}

export function discard(): void {
  keep(without(key.value));
  outcome.value = null;
}

export function choose(purpose: string, language: string): void {
  outcome.value = null;
  go(`${pathTo('wording')}/${keyOf(purpose, language)}`);
}

function troubleOf(error: unknown): Trouble {
  if (error instanceof Problem && error.status === 401) signedOut(endingOf(error));
  if (error instanceof Problem && error.status === 403) return 'forbidden';
  return isAway(error) ? 'offline' : 'server';
}

export async function load(): Promise<void> {
  try {
    const answer = await json<Schemas['TemplatesOut']>(`${API}/templates`);
    templates.value = answer.items;
    mayChange.value = answer.may_change;
    trouble.value = null;
    drafts.value = readDrafts();
  } catch (error) {
    trouble.value = troubleOf(error);
  }
}

/** As it is asked about and saved: the server counts places in the same form. */
const tidy = (body: string): string => body.normalize('NFC').replace(/^\s+/, '');

let asked = 0;

async function preview(which: string, purpose: string, language: string, body: string): Promise<void> {
  const mine = ++asked;
  try {
    const answer = await json<Preview>(`${API}/templates/preview`, { method: 'POST', body: { purpose, language, body: tidy(body) } });
    // A slow answer about older words must not overwrite the newer one.
    if (mine !== asked) return;
    shown.value = { key: which, body, preview: answer };
    blind.value = false;
  } catch (error) {
    if (mine === asked) blind.value = true;
    if (error instanceof Problem && error.status === 401) signedOut(endingOf(error));
  }
}

const PAUSE_MS = 250;
let timer: number | undefined;

// While somebody types, each pause asks how the words would read now.
effect(() => {
  const now = template.value;
  const body = text.value;
  const may = mayChange.value;
  window.clearTimeout(timer);
  if (now === null || !may || page.value !== 'wording') return;
  const first = shown.value?.key !== key.value;
  const { purpose, language } = now;
  timer = window.setTimeout(() => void preview(keyOf(purpose, language), purpose, language, body), first ? 0 : PAUSE_MS);
});

export function askAgain(): void {
  const now = template.value;
  if (now !== null) void preview(key.value, now.purpose, now.language, text.value);
}

export async function save(): Promise<void> {
  const [now, mine, which] = [template.value, draft.value, key.value];
  if (now === null || mine === null || saving.value) return;
  saving.value = true;
  try {
    const body = { body: tidy(mine.body), replaces: mine.replaces };
    const version = await json<Version>(`${API}/templates/${which}/versions`, { method: 'POST', body });
    templates.value = (templates.value ?? []).map((each) => (keyOf(each.purpose, each.language) === which ? { ...each, current: version } : each));
    // What was typed while the answer was on its way is the beginning of the next version.
    const since = drafts.value[which];
    if (since === undefined || since.body === mine.body) keep(without(which));
    else keep({ ...drafts.value, [which]: { ...since, replaces: version.version } });
    outcome.value = { kind: 'saved', version: version.version };
    void history(which);
  } catch (error) {
    outcome.value = refusal(error, which, mine.body);
  } finally {
    saving.value = false;
  }
}

function refusal(error: unknown, which: string, body: string): Outcome {
  if (!(error instanceof Problem) && !(error instanceof Silence)) throw error;
  if (error instanceof Problem && error.code === 'template_refused') {
    const before = shown.value?.key === which ? shown.value.preview : { foreign: [], samples: [] };
    shown.value = { key: which, body, preview: { ...before, faults: error.body['faults'] as Fault[] } };
    return { kind: 'refused' };
  }
  if (error instanceof Problem && error.code === 'template_changed') {
    return { kind: 'changed', theirs: { version: Number(error.body['version']), body: String(error.body['body']) } };
  }
  return { kind: troubleOf(error) };
}

/** Two people wrote at once: `mine` is saved over theirs at the next try, or theirs is looked at and mine put away. */
export function decide(theirs: Theirs, which: 'mine' | 'theirs'): void {
  const body = text.value;
  templates.value = (templates.value ?? []).map((each) =>
    keyOf(each.purpose, each.language) === key.value ? { ...each, current: { ...each.current, ...theirs, author: null } } : each,
  );
  if (which === 'theirs') discard();
  else type(body, theirs.version);
  void load();
}

export const versions = signal<{ key: string; items: readonly Version[]; next: string | null } | null>(null);

export async function history(which: string, cursor?: string): Promise<void> {
  try {
    const query = new URLSearchParams({ limit: '10', ...(cursor === undefined ? {} : { cursor }) });
    const answer = await json<Schemas['TemplateVersionsOut']>(`${API}/templates/${which}/versions?${query.toString()}`);
    const before = cursor !== undefined && versions.value?.key === which ? versions.value.items : [];
    if (which === key.value) versions.value = { key: which, items: [...before, ...answer.items], next: answer.next_cursor ?? null };
  } catch {
    // The history is beside the point: the next opening asks again.
  }
}

/** The purposes in their groups, in the order of the contract. */
export const groups = computed<readonly (readonly [messaging.Group, readonly messaging.Purpose[]])[]>(() => {
  const found = new Map<messaging.Group, messaging.Purpose[]>();
  for (const { group, purpose } of templates.value ?? []) {
    const purposes = found.get(group) ?? [];
    if (!purposes.includes(purpose)) purposes.push(purpose);
    found.set(group, purposes);
  }
  return [...found];
});

export const htmlLanguage = (language: Language): string => (language === 'zh' ? 'zh-Hans' : 'en');

// What the page of plans knows: each store's plans, and what somebody has put together instead and not saved yet.
import { computed, signal } from '@preact/signals';
import { API, json, Problem, Silence } from '../../core/http';
import { go } from '../../core/route';
import { messaging } from '../../generated/contract';
import type { components } from '../../generated/api';
import { pathTo, place } from '../pages';
import { endingOf, isAway, manager, signedOut } from '../store';
import { ready } from './ready';

type Schemas = components['schemas'];
type Plans = Schemas['PlansOut'];
export type Plan = Schemas['PlanOut'];
export type Fault = Schemas['PlanFaultOut'];
export type Trouble = 'offline' | 'server' | 'forbidden';
/** A step while it is being put together: the days as they were typed, and what it was before its kind was changed. */
export type Step = { id: number; kind: messaging.StepKind; days: string; hour: number; purpose: string; what: string };
type Draft = { steps: Step[]; replaces: number };
/** What came of the last try to save, as long as nothing was changed since. */
export type Outcome = { kind: 'saved' } | { kind: 'refused'; faults: readonly Fault[] } | { kind: 'changed'; theirs: Plan } | { kind: Trouble };

export const plans = signal<Readonly<Record<string, Plans>>>({});
export const trouble = signal<Trouble | null>(null);
export const saving = signal(false);
export const told = signal<Outcome | null>(null);

export const storeId = computed(() => {
  const stores = manager.value?.stores ?? [];
  return (stores.find((each) => each.id === place.value[1]) ?? stores[0])?.id ?? '';
});
export const outcome = computed<messaging.Outcome>(() => messaging.OUTCOMES.find((each) => each === place.value[2]) ?? 'not_bought');
const key = computed(() => `${storeId.value}/${outcome.value}`);
export const loaded = computed(() => plans.value[storeId.value] ?? null);
export const plan = computed<Plan | null>(() => loaded.value?.items.find((each) => each.outcome === outcome.value) ?? null);
export const mayChange = computed(() => loaded.value?.may_change ?? false);

let last = 0;
const fresh = (): number => ++last;

// A plan holds nothing of a customer, so what was put together may lie on the device until it is saved: no error, no
// closed window and no session that ends takes it away.
const KEPT = 'sendoff.manage.plans';
type Drawer = { manager: string; drafts: Record<string, Draft> };

function readDrafts(): Record<string, Draft> {
  try {
    const drawer = JSON.parse(localStorage.getItem(KEPT) ?? 'null') as Drawer | null;
    if (drawer === null || drawer.manager !== manager.value?.id) return {};
    const number = (draft: Draft): Draft => ({ ...draft, steps: draft.steps.map((step) => ({ ...step, id: fresh() })) });
    return Object.fromEntries(Object.entries(drawer.drafts).map(([which, draft]) => [which, number(draft)]));
  } catch {
    return {};
  }
}

const drafts = signal<Record<string, Draft>>(readDrafts());

function keep(next: Record<string, Draft>): void {
  drafts.value = next;
  try {
    localStorage.setItem(KEPT, JSON.stringify({ manager: manager.value?.id ?? '', drafts: next } satisfies Drawer));
  } catch {
    // A full disk: the plan stays on the screen, and is only not kept beyond it.
  }
}

const without = (which: string): Record<string, Draft> =>
  Object.fromEntries(Object.entries(drafts.value).filter(([each]) => each !== which));

const saved = computed<Step[]>(() => (plan.value?.steps ?? []).map((step) => ({ ...step, days: String(step.days), id: fresh() })));
export const steps = computed<readonly Step[]>(() => drafts.value[key.value]?.steps ?? saved.value);
export const isChanged = computed(() => drafts.value[key.value] !== undefined);
export const isUnsaved = (which: messaging.Outcome): boolean => drafts.value[`${storeId.value}/${which}`] !== undefined;

function change(next: Step[]): void {
  told.value = null;
  const replaces = drafts.value[key.value]?.replaces ?? plan.value?.version ?? 0;
  keep({ ...drafts.value, [key.value]: { steps: next, replaces } });
}

export function discard(): void {
  told.value = null;
  keep(without(key.value));
}

export function edit(id: number, part: Partial<Step>): void {
  change(steps.value.map((step) => (step.id === id ? { ...step, ...part } : step)));
}

export function remove(id: number): void {
  change(steps.value.filter((step) => step.id !== id));
}

/** A step trades its time with its neighbour's: the order of a plan is that of its times. */
export function move(id: number, by: -1 | 1): void {
  const next = [...steps.value];
  const from = next.findIndex((step) => step.id === id);
  const [one, other] = [next[from], next[from + by]];
  if (one === undefined || other === undefined) return;
  next[from] = { ...other, days: one.days, hour: one.hour };
  next[from + by] = { ...one, days: other.days, hour: other.hour };
  change(next);
}

export function add(kind: messaging.StepKind): void {
  const latest = Math.max(0, ...steps.value.map((step) => Number(step.days) || 0));
  const days = String(Math.min(messaging.MAX_STEP_DAYS, latest === 0 ? 3 : latest + 4));
  change([...steps.value, { id: fresh(), kind, days, hour: 10, purpose: kind === 'text' ? 'follow_up_day_3' : '', what: '' }]);
}

export function takeReady(): void {
  change(ready(outcome.value).map((step) => ({ ...step, id: fresh() })));
}

export function choose(store: string, which: messaging.Outcome): void {
  told.value = null;
  go(`${pathTo('plans')}/${store}/${which}`);
}

function troubleOf(error: unknown): Trouble {
  if (error instanceof Problem && error.status === 401) signedOut(endingOf(error));
  if (error instanceof Problem && error.status === 403) return 'forbidden';
  return isAway(error) ? 'offline' : 'server';
}

export async function load(store: string): Promise<void> {
  if (store === '') return;
  try {
    const answer = await json<Plans>(`${API}/stores/${store}/plans`);
    plans.value = { ...plans.value, [store]: answer };
    trouble.value = null;
  } catch (error) {
    trouble.value = troubleOf(error);
  }
}

function use(store: string, newest: Plan): void {
  const known = plans.value[store];
  if (known === undefined) return;
  const items = known.items.map((each) => (each.outcome === newest.outcome ? newest : each));
  plans.value = { ...plans.value, [store]: { ...known, items } };
}

/** The days as a number; what is none is sent as one that the server names as out of range. */
const daysOf = (typed: string): number => (/^\d{1,6}$/.test(typed.trim()) ? Number(typed) : 0);

export async function save(): Promise<void> {
  const [which, store, draft] = [key.value, storeId.value, drafts.value[key.value]];
  if (draft === undefined || saving.value) return;
  saving.value = true;
  try {
    const sent = draft.steps.map(({ kind, days, hour, purpose, what }) => ({ kind, days: daysOf(days), hour, purpose, what }));
    const newest = await json<Plan>(`${API}/stores/${store}/plans/${outcome.value}`, { method: 'PUT', body: { replaces: draft.replaces, steps: sent } });
    use(store, newest);
    // What was changed while the answer was on its way is the beginning of the next version.
    const since = drafts.value[which];
    if (since === draft) keep(without(which));
    else if (since !== undefined) keep({ ...drafts.value, [which]: { ...since, replaces: newest.version } });
    told.value = { kind: 'saved' };
  } catch (error) {
    told.value = refusal(error);
  } finally {
    saving.value = false;
  }
}

function refusal(error: unknown): Outcome {
  if (!(error instanceof Problem) && !(error instanceof Silence)) throw error;
  if (error instanceof Problem && error.code === 'plan_refused') return { kind: 'refused', faults: error.body['faults'] as Fault[] };
  if (error instanceof Problem && error.code === 'plan_changed') return { kind: 'changed', theirs: error.body['plan'] as Plan };
  return { kind: troubleOf(error) };
}

/** Two people changed one plan at once: `mine` goes over theirs, or theirs is looked at and mine put away. */
export function decide(theirs: Plan, which: 'mine' | 'theirs'): void {
  const mine = drafts.value[key.value];
  use(storeId.value, theirs);
  if (which === 'theirs' || mine === undefined) return discard();
  keep({ ...drafts.value, [key.value]: { ...mine, replaces: theirs.version } });
  void save();
}

// What the page of the rules knows: the rules in force, and what somebody has typed instead of them.
import { computed, signal } from '@preact/signals';
import { API, json, Problem, Silence } from '../../core/http';
import { endingOf, isAway, manager, signedOut } from '../store';
import { differences, formOf, isWrong, termsOf, type Form, type Part, type Policy } from './form';

export type Trouble = 'offline' | 'server' | 'forbidden';
/** What came of the last try to save, as long as nothing was typed since. */
export type Outcome = { kind: 'saved'; version: number } | { kind: 'refused' | 'changed' | Trouble };
type Draft = { form: Form; replaces: number };
type Drawer = { manager: string; draft: Draft };

export const policy = signal<Policy | null>(null);
export const trouble = signal<Trouble | null>(null);
export const saving = signal(false);
export const outcome = signal<Outcome | null>(null);

// Rules hold nothing of a customer, so what was typed may lie on the device until it is saved: no error, no closed window
// and no session that ends takes it away.
const KEPT = 'sendoff.manage.rules';

function readDraft(): Draft | null {
  try {
    const drawer = JSON.parse(localStorage.getItem(KEPT) ?? 'null') as Drawer | null;
    return drawer !== null && drawer.manager === manager.value?.id ? drawer.draft : null;
  } catch {
    return null;
  }
}

export const draft = signal<Draft | null>(null);
const inForce = computed<Form | null>(() => (policy.value === null ? null : formOf(policy.value)));
export const form = computed<Form | null>(() => (inForce.value === null ? null : { ...inForce.value, ...draft.value?.form }));
export const isChanged = computed(() => draft.value !== null);
/** In what the rules that somebody else has saved meanwhile differ from what is typed here; null when nobody has. */
export const overtaken = computed<readonly Part[] | null>(() => {
  const [now, mine, typed] = [policy.value, draft.value, form.value];
  if (now === null || mine === null || typed === null || mine.replaces === now.version) return null;
  return differences(typed, formOf(now));
});

function keep(next: Draft | null): void {
  draft.value = next;
  try {
    if (next === null) localStorage.removeItem(KEPT);
    else localStorage.setItem(KEPT, JSON.stringify({ manager: manager.value?.id ?? '', draft: next } satisfies Drawer));
  } catch {
    // A full disk: what was typed stays on the screen, and is only not kept beyond it.
  }
}

export function type(change: Partial<Form>): void {
  const [now, typed, theirs] = [policy.value, form.value, inForce.value];
  if (now === null || typed === null || theirs === null) return;
  outcome.value = null;
  const next = { ...typed, ...change };
  const replaces = draft.value?.replaces ?? now.version;
  keep(replaces === now.version && JSON.stringify(next) === JSON.stringify(theirs) ? null : { form: next, replaces });
}

export function discard(): void {
  keep(null);
  outcome.value = null;
}

export function troubleOf(error: unknown): Trouble {
  if (error instanceof Problem && error.status === 401) signedOut(endingOf(error));
  if (error instanceof Problem && error.status === 403) return 'forbidden';
  return isAway(error) ? 'offline' : 'server';
}

let asked = 0;

/** What the server answered to a change beside the rules; a look that began before it must not bring back the old. */
export function shown(answer: Policy): void {
  asked += 1;
  policy.value = answer;
}

export async function load(headers: Record<string, string> = {}): Promise<void> {
  const mine = ++asked;
  try {
    const answer = await json<Policy>(`${API}/policy`, { headers });
    // A look that began before something was saved must not bring back what held then.
    if (mine !== asked) return;
    draft.value ??= readDraft();
    policy.value = answer;
    trouble.value = null;
  } catch (error) {
    // Asked too often: what is shown stays, and the next look is soon.
    if (mine !== asked || (error instanceof Problem && error.status === 429 && policy.value !== null)) return;
    trouble.value = troubleOf(error);
  }
}

export async function save(): Promise<void> {
  const [now, mine, typed] = [policy.value, draft.value, form.value];
  if (now === null || mine === null || typed === null || saving.value) return;
  if (isWrong(typed)) {
    outcome.value = { kind: 'refused' };
    return;
  }
  saving.value = true;
  try {
    const body = { replaces: mine.replaces, settings: termsOf(typed, now) };
    const saved = await json<Policy>(`${API}/policy`, { method: 'PUT', body });
    shown(saved);
    // What was typed while the answer was on its way is the beginning of the next version.
    const since = draft.value;
    keep(since === null || since === mine ? null : { ...since, replaces: saved.version });
    outcome.value = { kind: 'saved', version: saved.version };
  } catch (error) {
    if (!(error instanceof Problem) && !(error instanceof Silence)) throw error;
    outcome.value = await refusal(error);
  } finally {
    saving.value = false;
  }
}

async function refusal(error: Problem | Silence): Promise<Outcome> {
  if (error instanceof Problem && error.status === 422) return { kind: 'refused' };
  if (error instanceof Problem && error.code === 'policy_changed') {
    await load();
    return { kind: 'changed' };
  }
  return { kind: troubleOf(error) };
}

/** Two people decided at once: mine is saved over theirs, which has been looked at. */
export function keepMine(): void {
  const [now, mine] = [policy.value, draft.value];
  if (now === null || mine === null) return;
  keep({ ...mine, replaces: now.version });
  void save();
}

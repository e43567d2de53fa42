// Calls to make, as the tablet and the manager's page know them. Names stay in memory: they are gone with the page.
import { signal } from '@preact/signals';
import { API, json, Problem } from '../core/http';
import type { crm } from '../generated/contract';
import type { components } from '../generated/api';

type Schemas = components['schemas'];
export type Call = Schemas['TaskOut'];

/** Who is asking: a tablet says so, since a browser may be a manager's as well. */
export type Asker = { query: Record<string, string>; headers: Record<string, string>; ended: (refused: Problem) => void };

export const calls = signal<readonly Call[] | null>(null);
/** Closed here and now: they stay where they are until the screen is left, so that a slip of the finger is taken back. */
export const closed = signal<Readonly<Record<string, Call>>>({});
/** The call of which "not reached" was tapped, and not why. */
export const asking = signal('');
export const trouble = signal<'unreachable' | 'not_saved' | 'over' | null>(null);

export function forget(): void {
  [calls.value, closed.value, asking.value, trouble.value] = [null, {}, '', null];
}

function missed(error: unknown, asker: Asker, otherwise: 'unreachable' | 'not_saved'): void {
  if (error instanceof Problem && error.status === 401) return asker.ended(error);
  trouble.value = error instanceof Problem && error.status === 409 ? 'over' : otherwise;
}

let asked = 0;

export async function look(asker: Asker, more: Record<string, string> = {}): Promise<void> {
  const mine = ++asked;
  try {
    const query = new URLSearchParams({ limit: '50', ...asker.query });
    const found = await json<Schemas['TasksOut']>(`${API}/tasks?${query.toString()}`, { headers: { ...asker.headers, ...more } });
    // A slow answer to an older question must not overwrite the newer one.
    if (mine !== asked) return;
    const here = new Set(found.items.map((call) => call.id));
    const kept = Object.values(closed.value).filter((call) => !here.has(call.id));
    calls.value = [...found.items, ...kept].sort((a, b) => (a.due_at < b.due_at ? -1 : 1));
    if (trouble.value === 'unreachable') trouble.value = null;
  } catch (error) {
    if (mine === asked) missed(error, asker, 'unreachable');
  }
}

async function change(call: Call, way: string, body: object, asker: Asker): Promise<void> {
  asking.value = '';
  try {
    const now = await json<Call>(`${API}/tasks/${call.id}/${way}`, { method: 'POST', body, headers: asker.headers });
    const others = Object.entries(closed.value).filter(([id]) => id !== call.id);
    closed.value = Object.fromEntries(now.state === 'open' ? others : [...others, [call.id, now]]);
    trouble.value = null;
  } catch (error) {
    missed(error, asker, 'not_saved');
  }
  await look(asker);
}

export const finish = (call: Call, asker: Asker): Promise<void> => change(call, 'done', {}, asker);
export const giveUp = (call: Call, why: crm.NotReached, asker: Asker): Promise<void> => change(call, 'not-reached', { why }, asker);
export const reopen = (call: Call, asker: Asker): Promise<void> => change(call, 'reopen', {}, asker);

// How the visits are followed up, as the tablet and the manager's page know it. Names stay in memory.
import { signal } from '@preact/signals';
import { API, json, Problem } from '../core/http';
import type { components } from '../generated/api';

type Schemas = components['schemas'];
export type FollowUp = Schemas['FollowUpOut'];
/** Who is asking: a tablet says so, since a browser may be a manager's as well. */
export type Asker = { headers: Record<string, string>; ended: (refused: Problem) => void };

/** By visit, the one that was left last first. */
export const known = signal<ReadonlyMap<string, FollowUp>>(new Map());
/** The follow-up of which "stop" was tapped, and not yet said that it is meant. */
export const asking = signal('');
/** What came of the last try to stop one, and which. */
export const told = signal<{ id: string; word: 'not_saved' | 'over' } | null>(null);

export function forget(): void {
  [known.value, asking.value, told.value] = [new Map(), '', null];
}

let asked = 0;

/** Off line nothing is said: what was seen last stays. */
export async function look(query: Record<string, string>, asker: Asker, more: Record<string, string> = {}): Promise<void> {
  const mine = ++asked;
  try {
    const found = await json<Schemas['FollowUpsOut']>(`${API}/follow-ups?${new URLSearchParams(query).toString()}`, { headers: { ...asker.headers, ...more } });
    // A slow answer to an older question must not overwrite the newer one.
    if (mine === asked) known.value = new Map(found.items.map((each) => [each.visit ?? each.id, each]));
  } catch (error) {
    if (mine === asked && error instanceof Problem && error.status === 401) asker.ended(error);
  }
}

export async function stop(one: FollowUp, asker: Asker): Promise<void> {
  asking.value = '';
  const use = (now: FollowUp): void => { known.value = new Map(known.value).set(now.visit ?? now.id, now); };
  try {
    use(await json<FollowUp>(`${API}/follow-ups/${one.id}/stop`, { method: 'POST', body: {}, headers: asker.headers }));
    told.value = null;
  } catch (error) {
    if (error instanceof Problem && error.status === 401) asker.ended(error);
    const over = error instanceof Problem && error.status === 409;
    told.value = { id: one.id, word: over ? 'over' : 'not_saved' };
    // How it ended is said beside it.
    if (over && one.visit != null) await look({ visit: one.visit }, asker);
  }
}

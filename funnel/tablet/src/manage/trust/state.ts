// What the page about the promise knows: the last answer of the server, and what became of the reader's decisions.
import { signal } from '@preact/signals';
import { API, json, Problem } from '../../core/http';
import type { MessageData } from '../../core/wire';
import type { components } from '../../generated/api';
import type { messaging } from '../../generated/contract';
import { endingOf, isAway, signedOut } from '../store';

type Schemas = components['schemas'];
type Answer = Schemas['ProofOut'];
export type Fate = messaging.Fate;
export type Incident = Schemas['IncidentOut'];
export type Proof = Omit<Answer, 'doubtful' | 'fault_run'> & { doubtful: readonly MessageData[]; fault_run: FaultRun | null };
export type FaultRun = Record<'seed' | 'texts' | 'kills' | 'sent' | 'in_review' | 'twice' | 'lost' | 'unexplained', number> & { on: string };
export type Decision = 'sent' | 'again' | 'drop';
export type Said = Decision | 'too_late' | 'not_done';

export const proof = signal<Proof | null>(null);
export const trouble = signal<'offline' | 'server' | null>(null);
/** What became of a decision, by the text that it was about. */
export const said = signal<Readonly<Record<string, Said>>>({});
/** The text of which "send again" was asked, and not confirmed yet. */
export const asking = signal('');

export async function load(headers: Record<string, string> = {}): Promise<void> {
  try {
    proof.value = await json<Proof>(`${API}/proof`, { headers });
    trouble.value = null;
  } catch (error) {
    if (error instanceof Problem && error.status === 401) return signedOut(endingOf(error));
    trouble.value = isAway(error) ? 'offline' : 'server';
  }
}

export async function decide(id: string, decision: Decision): Promise<void> {
  asking.value = '';
  try {
    await json(`${API}/messages/${id}/resolve`, { method: 'POST', body: { decision } });
    said.value = { ...said.value, [id]: decision };
  } catch (error) {
    said.value = { ...said.value, [id]: error instanceof Problem && error.status === 409 ? 'too_late' : 'not_done' };
  }
  await load();
}

export async function close(incident: Incident): Promise<void> {
  try {
    await json(`${API}/incidents/${incident.id}/close`, { method: 'POST', body: {} });
  } catch (error) {
    trouble.value = isAway(error) ? 'offline' : 'server';
  }
  await load();
}

// Switching texts off and on again, sender by sender.
import { signal } from '@preact/signals';
import { API, json, Problem } from '../../core/http';
import { look } from '../Alerts';
import type { Policy } from './form';
import { shown, troubleOf, type Trouble } from './state';

type Told = 'busy' | 'why' | 'already' | 'for_all' | Trouble;

/** Why somebody is about to pause, as it was typed. */
export const reasons = signal<Readonly<Record<string, string>>>({});
/** What became of the last try, by sender. */
export const switching = signal<Readonly<Record<string, Told>>>({});

const FAULTS: Readonly<Record<string, Told>> = { already_paused: 'already', paused_for_all: 'for_all', invalid: 'why' };

function tell(provider: string, told: Told | null): void {
  const { [provider]: _, ...others } = switching.value;
  switching.value = told === null ? others : { ...others, [provider]: told };
}

async function change(provider: string, what: 'pause' | 'resume', body: object): Promise<void> {
  if (switching.value[provider] === 'busy') return;
  tell(provider, 'busy');
  try {
    shown(await json<Policy>(`${API}/senders/${provider}/${what}`, { method: 'POST', body }));
    tell(provider, null);
    reasons.value = { ...reasons.value, [provider]: '' };
  } catch (error) {
    tell(provider, (error instanceof Problem ? FAULTS[error.code] : undefined) ?? troubleOf(error));
  }
  void look();
}

export async function pauseSender(provider: string): Promise<void> {
  const reason = (reasons.value[provider] ?? '').trim();
  if (reason === '') tell(provider, 'why');
  else await change(provider, 'pause', { reason });
}

export const resumeSender = (provider: string): Promise<void> => change(provider, 'resume', {});

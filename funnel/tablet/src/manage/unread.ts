// How many answers of customers nobody has read, for the menu of every page; the inbox itself looks more often.
import { signal } from '@preact/signals';
import { API, json, Problem } from '../core/http';
import { inbox } from '../talk/state';
import { page } from './pages';
import { endingOf, signedOut } from './store';

const counted = signal(0);

export const unread = (): number => (page.value === 'inbox' ? inbox.value?.unread : undefined) ?? counted.value;

/** What was counted last stays while the server cannot be reached: the page says that elsewhere. */
export async function count(headers: Record<string, string> = {}): Promise<void> {
  try {
    counted.value = (await json<{ unread: number }>(`${API}/conversations?limit=1`, { headers })).unread;
  } catch (error) {
    if (error instanceof Problem && error.status === 401) signedOut(endingOf(error));
  }
}

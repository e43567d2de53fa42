// Which sheet lies over the screen; never more than one, and it is always about one thing.
import { signal } from '@preact/signals';

/** How a visit may end, as the buttons have it. */
export type Kind = 'bought' | 'not_today' | 'coming_back' | 'left_early';

export type OpenSheet =
  | { kind: 'start' }
  | { kind: 'me' }
  | { kind: 'settings' }
  | { kind: 'outcome'; visit: string; began?: Kind }
  | { kind: 'bought_after_all'; visit: string }
  | { kind: 'edit'; visit: string }
  | { kind: 'more'; visit: string }
  | { kind: 'correct'; visit: string };

export const sheet = signal<OpenSheet | null>(null);

export function openSheet(next: OpenSheet): void {
  sheet.value = next;
}

export function closeSheet(): void {
  sheet.value = null;
}

// The list behind a figure: which one is open, and as much of it as was read.
import { signal } from '@preact/signals';
import { API, json } from '../core/http';
import type { components } from '../generated/api';
import { days, store } from './store';
import { ALL_STORES, type TextBehind, type VisitRow } from './types';

/** What was tapped: its words, and how the server is asked for exactly the rows it counts. */
export type Figure = { title: string; of: 'visits' | 'texts' | 'planned'; query: Readonly<Record<string, string>> };
type Planned = components['schemas']['PlannedOut'];
/** A text is read beside its visit, or, where all that was planned are counted, by itself. */
export type Line = { id: string; visit: VisitRow | null; text: TextBehind | Planned | null; alone: Planned | null };
type Listed = { count: number; lines: readonly Line[]; next: string | null };
type Page<T> = { count?: number | null; items: T[]; next_cursor: string | null };

export const figure = signal<Figure | null>(null);
export const listed = signal<Listed | null>(null);
export const failed = signal(false);

type Told = components['schemas']['MessageToldOut']['log'];
/** What happened to the texts that somebody asked about, each until the list is closed. */
export const histories = signal<Readonly<Record<string, Told | 'failed'>>>({});

let asking = 0;

async function ask<T>(path: string, query: Readonly<Record<string, string>>, cursor: string | null): Promise<Page<T>> {
  const all = new URLSearchParams({ ...query, ...(cursor === null ? {} : { cursor }) });
  return json<Page<T>>(`${API}${path}?${all.toString()}`);
}

async function read({ of, query }: Figure, cursor: string | null): Promise<Listed> {
  if (of === 'planned') {
    const page = await ask<Planned>('/proof/texts', query, cursor);
    return { count: page.count ?? 0, lines: page.items.map((text) => ({ id: text.id, visit: null, text, alone: text })), next: page.next_cursor };
  }
  // The figures of the overview are those of its days and stores.
  const asked = { days: String(days.value), ...(store.value === ALL_STORES ? {} : { store: store.value }), ...query };
  if (of === 'texts') {
    const page = await ask<TextBehind>('/reports/texts', asked, cursor);
    const lines = page.items.map((text) => ({ id: text.id, visit: (text.visit ?? null) as VisitRow | null, text, alone: null }));
    return { count: page.count ?? 0, lines, next: page.next_cursor };
  }
  const page = await ask<VisitRow>('/visits', asked, cursor);
  return { count: page.count ?? 0, lines: page.items.map((visit) => ({ id: visit.id, visit, text: null, alone: null })), next: page.next_cursor };
}

/** The next rows, or the first ones. */
export async function readOn(): Promise<void> {
  const [asked, before, mine] = [figure.value, listed.value, ++asking];
  if (asked === null) return;
  failed.value = false;
  try {
    const page = await read(asked, before?.next ?? null);
    // Somebody may have closed it, or opened another, while the server answered.
    if (mine === asking) listed.value = { ...page, lines: [...(before?.lines ?? []), ...page.lines] };
  } catch {
    if (mine === asking) failed.value = true;
  }
}

export async function tell(id: string): Promise<void> {
  try {
    const { log } = await json<{ log: Told }>(`${API}/messages/${id}`);
    histories.value = { ...histories.value, [id]: log };
  } catch {
    histories.value = { ...histories.value, [id]: 'failed' };
  }
}

export function open(next: Figure): void {
  figure.value = next;
  listed.value = null;
  histories.value = {};
  void readOn();
}

export function close(): void {
  asking += 1;
  figure.value = null;
}

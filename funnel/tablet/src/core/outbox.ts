// Every tap ends here. It is painted at once or saved first, as the tap demands; it never waits for the network.
import { batch } from '@preact/signals';
import { clock, clockJump } from './clock';
import { saveTaps, type NoteRow, type OutboxRow, type PersonRow } from './db';
import { extrasOf, fold, NO_EXTRAS, type Extras, type Hint } from './fold';
import { uuid7 } from './ids';
import { sealed } from './seal';
import { me, notes, notSaved, outbox, people, textWaits, unsaved, visitRows } from './state';
import type { EventType, Json, WireEvent } from './wire';

export type Draft = { type: EventType; visit: string | null; data: Record<string, Json>; hint?: Hint };
type Beside = { people?: PersonRow[]; notes?: NoteRow[] };
type Waiting = { rows: OutboxRow[]; people: PersonRow[]; notes: NoteRow[] };

const RETRY_MS = 2_000;
/** One run of this page. Within it `mono` measures durations that no change of the wall clock can spoil. */
const boot = uuid7();

let queue: Waiting[] = [];
let lastSeq = 0;
let running: Promise<void> | null = null;
let onSaved: () => void = () => undefined;

/** `sync` asks to be woken; the outbox must not know it, or the two would import each other. */
export function whenSaved(wake: () => void): void {
  onSaved = wake;
}

function make(draft: Draft, actor: string): OutboxRow {
  const { type, visit, data } = draft;
  const hint = visit !== null && textWaits(visit) ? { ...draft.hint, in_time: true as const } : draft.hint;
  const stamp = { at: new Date().toISOString(), boot, mono: Math.round(performance.now()), seq: 0 };
  const event: WireEvent = { id: uuid7(), v: 1, type, visit, actor, ...stamp, data };
  return hint === undefined ? { id: event.id, seq: 0, event } : { id: event.id, seq: 0, event, hint };
}

function accept(drafts: readonly Draft[], beside: Beside): OutboxRow[] {
  const actor = me.value?.id;
  if (actor === undefined) return [];
  const jump = clockJump();
  const moved: Draft[] = jump === 0 ? [] : [{ type: 'clock.changed', visit: null, data: { jump_ms: jump } }];
  const rows = [...moved, ...drafts].map((draft) => make(draft, actor));
  queue.push({ rows, people: beside.people ?? [], notes: beside.notes ?? [] });
  return rows;
}

function paint(): void {
  batch(() => {
    unsaved.value = queue.flatMap((entry) => entry.rows);
    const fresh = queue.flatMap((entry) => entry.people);
    if (fresh.length > 0) people.value = new Map([...people.value, ...fresh.map((row) => [row.id, row] as const)]);
  });
}

/** After the next frame, or soon when no frame comes (a hidden page paints nothing). */
function afterPaint(run: () => void): void {
  let done = false;
  const once = (): void => {
    if (!done) run();
    done = true;
  };
  requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = once;
    port2.postMessage(null);
  });
  setTimeout(once, 100);
}

/** A tap on a stage or a checklist: painted first, because a finger must see its effect within a frame or two. */
export function record(...drafts: Draft[]): OutboxRow[] {
  const rows = accept(drafts, {});
  paint();
  afterPaint(() => void flush());
  return rows;
}

/** An outcome, a consent, a departure: on the disk first, because losing it in that one frame would cost money or trust. */
export async function recordFirst(drafts: readonly Draft[], beside: Beside = {}): Promise<OutboxRow[]> {
  const rows = accept(drafts, beside);
  await flush();
  return rows;
}

function extrasAfter(rows: readonly OutboxRow[]): Map<string, Extras> {
  const extras = new Map<string, Extras>();
  for (const id of new Set(rows.map((row) => row.event.visit))) {
    if (id === null) continue;
    const row = visitRows.value.get(id);
    const pending = [...outbox.value, ...rows].filter((local) => local.event.visit === id);
    const view = fold(row?.base ?? null, row?.extras ?? NO_EXTRAS, pending, clock.value.offset_ms);
    extras.set(id, view === null ? (row?.extras ?? NO_EXTRAS) : extrasOf(view));
  }
  return extras;
}

function settle(saved: readonly OutboxRow[], done: readonly Waiting[], extras: ReadonlyMap<string, Extras>): void {
  queue = queue.filter((entry) => !done.includes(entry));
  lastSeq = saved.reduce((last, row) => Math.max(last, row.seq), lastSeq);
  batch(() => {
    const rows = new Map(visitRows.value);
    for (const [id, own] of extras) rows.set(id, { ...(rows.get(id) ?? { id, version: 0, base: null }), extras: own });
    visitRows.value = rows;
    // Another tab's news may have brought these rows from the disk a moment ago.
    const ids = new Set(saved.map((row) => row.id));
    outbox.value = [...outbox.value.filter((row) => !ids.has(row.id)), ...saved];
    people.value = new Map([...people.value, ...done.flatMap((entry) => entry.people.map((row) => [row.id, row] as const))]);
    notes.value = new Map([...notes.value, ...done.flatMap((entry) => entry.notes.map((row) => [row.id, row] as const))]);
    notSaved.value = false;
    paint();
  });
}

/** What was held in memory for want of a key goes to the disk sealed, or not at all. */
async function sealAll(entry: Waiting): Promise<void> {
  entry.people = await Promise.all(
    entry.people.map(async (row) => (row.sealed === null ? row : { ...row, sealed: await sealed(row.sealed) })),
  );
  entry.notes = await Promise.all(entry.notes.map(async (row) => ({ ...row, sealed: await sealed(row.sealed) })));
}

async function drain(): Promise<void> {
  while (queue.length > 0) {
    const done = [...queue];
    try {
      for (const entry of done) await sealAll(entry);
      const rows = done.flatMap((entry) => entry.rows);
      const extras = extrasAfter(rows);
      const beside = { people: done.flatMap((entry) => entry.people), notes: done.flatMap((entry) => entry.notes) };
      settle(await saveTaps({ events: rows, extras, ...beside }), done, extras);
      onSaved();
    } catch (error) {
      console.error('storage failed', error instanceof Error ? error.name : '');
      notSaved.value = true;
      paint();
      setTimeout(() => void flush(), RETRY_MS);
      return;
    }
  }
}

/** Write what is waiting. One writer at a time, so that the device's sequence follows the order of the taps. */
export function flush(): Promise<void> {
  running ??= drain().finally(() => {
    running = null;
  });
  return running;
}

/** While the disk refuses, the network may still take what only memory holds: then it gets its numbers here. */
export function numberedInMemory(): OutboxRow[] {
  for (const entry of queue) {
    entry.rows = entry.rows.map((row) => {
      if (row.seq !== 0) return row;
      lastSeq += 1;
      return { ...row, seq: lastSeq, event: { ...row.event, seq: lastSeq } };
    });
  }
  return queue.flatMap((entry) => entry.rows);
}

export function settledFromMemory(ids: ReadonlySet<string>): void {
  for (const entry of queue) entry.rows = entry.rows.filter((row) => !ids.has(row.id));
  queue = queue.filter((entry) => entry.rows.length + entry.people.length + entry.notes.length > 0);
  // What the server has is safe, wherever else it is not.
  if (queue.length === 0) notSaved.value = false;
  paint();
}

export function startOutbox(seq: number): void {
  lastSeq = seq;
  // iPadOS may end a page right after it was hidden: nothing may wait for a frame then.
  addEventListener('pagehide', () => void flush());
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) void flush();
  });
}

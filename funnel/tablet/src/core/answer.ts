// What one answer of the server does to what the tablet knows: rows leave the queue, the server's state takes their place.
import { batch } from '@preact/signals';
import { messaging } from '../generated/contract';
import { clock } from './clock';
import { patchPerson, saveAnswer, type Answered, type FactRow, type PersonPatch, type VisitRow } from './db';
import { fold, NO_EXTRAS } from './fold';
import { settledFromMemory } from './outbox';
import { facts, messages, notes, outbox, people, unsaved, visitRows, visits } from './state';
import type { Unit } from './units';
import type { Change, MessageData, PersonData, SyncAnswer, VisitData } from './wire';

const LEFT: ReadonlySet<string> = new Set(messaging.MAY_HAVE_LEFT);

export type Told = { retried: number; tooLate: boolean };

function visitRow(id: string): VisitRow {
  return visitRows.value.get(id) ?? { id, version: 0, base: null, extras: NO_EXTRAS };
}

/** An acknowledged event without news of its visit stays visible: it becomes part of what the server said last. */
function keepAcked(answered: Answered, done: ReadonlySet<string>): void {
  const told = new Set([...answered.visits.map((row) => row.id), ...answered.gone.visits]);
  const acked = [...outbox.value, ...unsaved.value].filter((row) => done.has(row.id));
  for (const id of new Set(acked.map((row) => row.event.visit))) {
    if (id === null || told.has(id)) continue;
    const row = visitRow(id);
    const mine = acked.filter((local) => local.event.visit === id);
    const base = fold(row.base, row.extras, mine, clock.value.offset_ms);
    if (base !== null) answered.visits.push({ ...row, base });
  }
}

const EMPTY_VISIT: Omit<VisitData, 'id' | 'started_at' | 'business_date' | 'status'> = {
  ...{ number: null, stage: null, stages: [], ticks: [], owner: null, helpers: [], party_size: 1, source: '', kind: 'selling' },
  ...{ departed_at: null, closing: 0, reason: null, amount_minor: null, currency: null, category: null, customer: null },
  ...{ practice: false, sold_kept: false, parked: false },
};

/** The server leaves out what is null; the screens would rather not ask each time. */
function complete(data: Partial<VisitData>): VisitData {
  return { ...EMPTY_VISIT, ...data } as VisitData;
}

function keepChange(answered: Answered, change: Change): void {
  const { kind, id, version } = change;
  const data = change.data ?? null;
  if (kind === 'visit') {
    const row = visitRow(id);
    if (data === null) answered.gone.visits.push(id);
    else if (version >= row.version) answered.visits.push({ ...row, version, base: complete(data as Partial<VisitData>) });
  } else if (kind === 'person') {
    if (data === null) answered.gone.people.push(id);
    else answered.people.push({ id, told: data as PersonData });
  } else {
    const key = `${kind}:${id}`;
    const known = facts.value.get(key);
    if (data === null) answered.gone.facts.push(key);
    else if (!known || version >= known.version) answered.facts.push({ key, kind, version, data });
    // Not posted after all: it is planned again, with what is known now.
    if (kind === 'message' && (data as MessageData | null)?.can_cancel) answered.gone.facts.push(lateKey(id));
  }
}

function judge(answered: Answered, units: readonly Unit[], answer: SyncAnswer): { done: Set<string>; retried: number } {
  const results = new Map(answer.results.map((result) => [result.id, result.status]));
  const done = new Set<string>();
  let retried = 0;
  for (const unit of units) {
    const status = results.get(unit.id) ?? 'retry';
    if (status === 'retry') {
      retried += 1;
      continue;
    }
    // Quarantined means: the server has it whole and a person will look. Nothing more can be done from here.
    done.add(unit.id);
    if (unit.kind === 'person') answered.people.push({ id: unit.id, acked: unit.row.rev });
    else if (unit.kind === 'note') answered.gone.notes.push(unit.id);
    else answered.gone.outbox.push(unit.id);
  }
  return { done, retried };
}

function without<T>(map: ReadonlyMap<string, T>, gone: readonly string[], put: readonly (readonly [string, T])[]): Map<string, T> {
  const next = new Map([...map, ...put]);
  for (const key of gone) next.delete(key);
  return next;
}

function patchedPeople(patches: readonly PersonPatch[]): [string, ReturnType<typeof patchPerson>][] {
  const next = new Map<string, ReturnType<typeof patchPerson>>();
  for (const patch of patches) next.set(patch.id, patchPerson(next.get(patch.id) ?? people.value.get(patch.id), patch));
  return [...next];
}

export function show(answered: Answered): void {
  const gone = new Set(answered.gone.outbox);
  batch(() => {
    const keepExtras = (row: VisitRow): VisitRow => ({ ...row, extras: visitRow(row.id).extras });
    visitRows.value = without(visitRows.value, answered.gone.visits, answered.visits.map((row) => [row.id, keepExtras(row)]));
    facts.value = without(facts.value, answered.gone.facts, answered.facts.map((row: FactRow) => [row.key, row]));
    people.value = without(people.value, answered.gone.people, patchedPeople(answered.people));
    notes.value = without(notes.value, answered.gone.notes, answered.notes.map((row) => [row.id, row]));
    const parked = new Map(answered.outbox.map((row) => [row.id, row]));
    outbox.value = outbox.value.filter((row) => !gone.has(row.id)).map((row) => parked.get(row.id) ?? row);
    if (gone.size > 0) settledFromMemory(gone);
  });
}

export const nothing = (): Answered => ({
  cursor: null,
  gone: { outbox: [], notes: [], facts: [], visits: [], people: [] },
  outbox: [],
  visits: [],
  people: [],
  notes: [],
  facts: [],
});

/** A text that left before what was tapped in time, as the screen showed it, had reached the server. */
export const isLate = (message: MessageData): boolean => facts.value.has(lateKey(message.id));
const lateKey = (message: string): string => `late:${message}`;

/**
 * Which texts have left as they should not have: somebody stopped or changed them in time, as far as the tablet knew,
 * but by the server's word they are not stopped, or do not say what is known now. What was tapped counts all the same.
 */
function lateTexts(units: readonly Unit[], done: ReadonlySet<string>): FactRow[] {
  const tapped = new Map<string | null | undefined, boolean>();
  for (const unit of units) {
    if (!done.has(unit.id)) continue;
    if (unit.kind === 'person') tapped.set(unit.row.in_time, tapped.get(unit.row.in_time) ?? false);
    else if (unit.kind === 'event' && unit.row.hint?.in_time) {
      const { visit, type } = unit.row.event;
      tapped.set(visit, type === 'text.cancelled' || (tapped.get(visit) ?? false));
    }
  }
  return [...messages.value.values()].flatMap((message) => {
    const [view, stopped] = [visits.value.get(message.visit), tapped.get(message.visit)];
    if (!view || stopped === undefined || !LEFT.has(message.state)) return [];
    const asItIs =
      !stopped &&
      view.departed_at !== null &&
      (view.status === 'bought') === (message.purpose === 'departure_bought') &&
      (people.value.get(view.customer?.id ?? '') ?? view.customer)?.last4 === message.to_last4;
    return asItIs ? [] : [{ key: lateKey(message.id), kind: 'late', version: 0, data: null }];
  });
}

export async function absorb(units: readonly Unit[], answer: SyncAnswer): Promise<Told> {
  const answered = nothing();
  answered.cursor = answer.cursor ?? null;
  // First what was taken, then what is told about it: a correction that has arrived may be judged again.
  const { done, retried } = judge(answered, units, answer);
  for (const change of answer.changes) keepChange(answered, change);
  keepAcked(answered, done);
  const worth = answer.changes.length + done.size > 0;
  // A dead disk must not keep the screen from showing what the server said: at worst it is fetched again.
  if (worth) await saveAnswer(answered).catch(() => undefined);
  show(answered);
  const late = { ...nothing(), facts: lateTexts(units, done) };
  if (late.facts.length > 0) {
    await saveAnswer(late).catch(() => undefined);
    show(late);
  }
  return { retried, tooLate: late.facts.length > 0 };
}

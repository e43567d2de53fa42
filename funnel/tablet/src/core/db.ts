// What this tablet keeps, and what is changed together: each function here is one transaction.
import type { Extras, LocalEvent } from './fold';
import type { Sealed, Secret } from './seal';
import { transact } from './storage';
import type { Bootstrap, Lang, PersonData, VisitData, WireConsent } from './wire';

export type OutboxRow = LocalEvent & { id: string; seq: number; parked?: string };
export type VisitRow = { id: string; version: number; base: VisitData | null; extras: Extras };
export type PersonRow = {
  id: string;
  name: string;
  address_as: string;
  country: string;
  language: Lang;
  consents: WireConsent[];
  last4: string;
  /** The number, encrypted, only until the server has it. */
  sealed: Secret | null;
  rev: number;
  acked: number;
  number_state: string;
  code: string | null;
  parked?: string;
  /** Corrected while, as far as this tablet knew, the text of this visit could still be changed. */
  in_time?: string;
};
export type NoteRow = { id: string; visit: string; sealed: Secret; parked?: string };
/** Things the server tells that are not visits or people: messages, presence, what it could not use. */
export type FactRow = { key: string; kind: string; version: number; data: unknown };

/** What each store holds. */
export type Stores = {
  outbox: OutboxRow;
  visits: VisitRow;
  people: PersonRow;
  notes: NoteRow;
  facts: FactRow;
  meta: unknown;
  config: { etag: string; data: Bootstrap };
  drafts: Sealed;
};

/** Nothing means: forget it. */
async function put<K extends 'meta' | 'drafts' | 'config'>(name: K, key: string, value: Stores[K] | undefined): Promise<void> {
  await transact([name], 'readwrite', (store) => (value === undefined ? store(name).delete(key) : store(name).put(value, key)));
}

export async function getMeta<T>(key: string): Promise<T | undefined> {
  return (await transact(['meta'], 'readonly', (store) => store('meta').get(key))) as T | undefined;
}

export const setMeta = (key: string, value: unknown): Promise<void> => put('meta', key, value);

/** Counts one more under this key; answers how many that makes. */
export function addOne(key: string): Promise<number> {
  return transact(['meta'], 'readwrite', async (store) => {
    const count = Number((await store('meta').get(key)) ?? 0) + 1;
    await store('meta').put(count, key);
    return count;
  });
}

export type Everything = {
  outbox: OutboxRow[];
  visits: VisitRow[];
  people: PersonRow[];
  notes: NoteRow[];
  facts: FactRow[];
  config: Stores['config'] | undefined;
  emptied: boolean;
};

export function loadAll(): Promise<Everything> {
  return transact(['outbox', 'visits', 'people', 'notes', 'facts', 'config', 'meta'], 'readonly', async (store) => {
    const [outbox, visits, people, notes, facts, config, emptied] = await Promise.all([
      store('outbox').all(),
      store('visits').all(),
      store('people').all(),
      store('notes').all(),
      store('facts').all(),
      store('config').get('bootstrap'),
      store('meta').get('emptied'),
    ]);
    return { outbox: outbox.sort((a, b) => a.seq - b.seq), visits, people, notes, facts, config, emptied: emptied === true };
  });
}

export type Taps = {
  events: OutboxRow[];
  extras: ReadonlyMap<string, Extras>;
  people: PersonRow[];
  notes: NoteRow[];
};

/**
 * Events, what they change and the people they name, in one transaction, on the disk before it is called done. The
 * device's sequence is counted in the same transaction, so that two tabs never hand out the same number.
 */
export function saveTaps(taps: Taps): Promise<OutboxRow[]> {
  return transact(['outbox', 'visits', 'people', 'notes', 'meta'], 'readwrite', async (store) => {
    const [outbox, visits, meta] = [store('outbox'), store('visits'), store('meta')];
    let last = Number((await meta.get('seq')) ?? 0);
    const saved: OutboxRow[] = [];
    for (const row of taps.events) {
      // A first try may have been written although its answer was lost: then its number stays as it is.
      const seq = row.seq || (await outbox.get(row.id))?.seq || last + 1;
      last = Math.max(last, seq);
      saved.push({ ...row, seq, event: { ...row.event, seq } });
    }
    // The server's part of a visit may be newer on the disk than in this tab, so it is read, never overwritten.
    for (const [id, extras] of taps.extras) {
      const stored = await visits.get(id);
      await visits.put({ id, version: stored?.version ?? 0, base: stored?.base ?? null, extras });
    }
    await Promise.all([
      meta.put(last, 'seq'),
      ...saved.map((row) => outbox.put(row)),
      ...taps.people.map((row) => store('people').put(row)),
      ...taps.notes.map((row) => store('notes').put(row)),
    ]);
    return saved;
  });
}

export type PersonPatch = { id: string; acked?: number; parked?: string; told?: PersonData };

/** What the server said about a person, on top of what is known; the number goes as soon as the server has it. */
export function patchPerson(row: PersonRow | undefined, patch: PersonPatch): PersonRow {
  const known: PersonRow = row ?? {
    ...{ id: patch.id, name: '', address_as: '', country: '', language: 'en', consents: [], last4: '' },
    ...{ sealed: null, rev: 0, acked: 0, number_state: '', code: null },
  };
  const acked = Math.max(known.acked, patch.acked ?? 0);
  const next: PersonRow = { ...known, acked, sealed: acked >= known.rev ? null : known.sealed };
  if (patch.parked !== undefined) next.parked = patch.parked;
  // While a correction is on its way, the server's older word about the number would only confuse.
  if (patch.told === undefined || known.rev > acked) return next;
  const { name, last4, number_state, code } = patch.told;
  return { ...next, name: name || known.name, last4, number_state, code: code ?? null };
}

export type Answered = {
  cursor: string | null;
  gone: { outbox: string[]; notes: string[]; facts: string[]; visits: string[]; people: string[] };
  outbox: OutboxRow[];
  visits: VisitRow[];
  people: PersonPatch[];
  notes: NoteRow[];
  facts: FactRow[];
};

/** What one answer of the server changes, all of it or nothing: an event leaves the outbox with its effect in place. */
export function saveAnswer(answer: Answered): Promise<void> {
  return transact(['outbox', 'visits', 'people', 'notes', 'facts', 'meta'], 'readwrite', async (store) => {
    const [outbox, visits, people] = [store('outbox'), store('visits'), store('people')];
    const [notes, facts] = [store('notes'), store('facts')];
    for (const patch of answer.people) await people.put(patchPerson(await people.get(patch.id), patch));
    for (const row of answer.visits) {
      const stored = await visits.get(row.id);
      await visits.put({ ...row, extras: stored?.extras ?? row.extras });
    }
    await Promise.all([
      ...answer.outbox.map((row) => outbox.put(row)),
      ...answer.notes.map((row) => notes.put(row)),
      ...answer.facts.map((row) => facts.put(row)),
      ...answer.gone.outbox.map((id) => outbox.delete(id)),
      ...answer.gone.notes.map((id) => notes.delete(id)),
      ...answer.gone.facts.map((key) => facts.delete(key)),
      ...answer.gone.visits.map((id) => visits.delete(id)),
      ...answer.gone.people.map((id) => people.delete(id)),
      answer.cursor === null ? undefined : store('meta').put(answer.cursor, 'cursor'),
    ]);
  });
}

export const saveConfig = (etag: string, data: Bootstrap): Promise<void> => put('config', 'bootstrap', { etag, data });

export function getDraft(visit: string): Promise<Sealed | undefined> {
  return transact(['drafts'], 'readonly', (store) => store('drafts').get(visit));
}

export const setDraft = (visit: string, draft: Sealed | undefined): Promise<void> => put('drafts', visit, draft);

/**
 * A lost tablet forgets people, PINs and settings, never what it has not handed in (ruling 9). `emptied` is what it
 * remembers of why: that too many wrong PINs came in a row.
 */
export function wipe(emptied: boolean): Promise<void> {
  const names = ['visits', 'people', 'facts', 'meta', 'config', 'drafts'] as const;
  return transact([...names], 'readwrite', async (store) => {
    const [meta, people] = [store('meta'), store('people')];
    const [seq, key] = [await meta.get('seq'), await meta.get('key')];
    const pending = (await people.all()).filter((row) => row.rev > row.acked);
    await Promise.all(names.map((name) => store(name).clear()));
    // The count goes on, and people not handed in yet belong to the outbox, with the key that hides their numbers.
    await Promise.all([
      meta.put(seq ?? 0, 'seq'),
      meta.put(emptied, 'emptied'),
      key === undefined ? undefined : meta.put(key, 'key'),
      ...pending.map((row) => people.put(row)),
    ]);
  });
}

// The one door to storage. WebKit now and then loses the connection to IndexedDB under a living page, and a cached
// dead connection would then lose every tap: so each piece of work runs through `withDb`, which opens anew once.
import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import { signal } from '@preact/signals';
import type { Extras, LocalEvent } from './fold';
import type { Sealed, Secret } from './seal';
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
};
export type NoteRow = { id: string; visit: string; sealed: Secret; parked?: string };
/** Things the server tells that are not visits or people: messages, presence, what it could not use. */
export type FactRow = { key: string; kind: string; version: number; data: unknown };

interface Schema extends DBSchema {
  outbox: { key: string; value: OutboxRow };
  visits: { key: string; value: VisitRow };
  people: { key: string; value: PersonRow };
  notes: { key: string; value: NoteRow };
  facts: { key: string; value: FactRow };
  meta: { key: string; value: unknown };
  config: { key: string; value: { etag: string; data: Bootstrap } };
  drafts: { key: string; value: Sealed };
}
export type Db = IDBPDatabase<Schema>;

const NAME = 'sendoff';
const VERSION = 1;

/** This page is older than what is stored (somebody went back to an older version): it may add, never change shape. */
export const storageIsNewer = signal(false);

let connection: Promise<Db> | null = null;

function upgrade(db: Db, old: number): void {
  // Only ever add steps here. Rows of the outbox are sent as they were written, however old they are.
  if (old < 1) {
    for (const name of ['outbox', 'visits', 'people', 'notes'] as const) db.createObjectStore(name, { keyPath: 'id' });
    db.createObjectStore('facts', { keyPath: 'key' });
    for (const name of ['meta', 'config', 'drafts'] as const) db.createObjectStore(name);
  }
}

const drop = (): void => {
  connection = null;
};

async function connect(): Promise<Db> {
  const callbacks = {
    blocking: (_now: number, _wanted: number | null, event: IDBVersionChangeEvent) => {
      // Another tab brings a newer shape. close() waits for what is being written.
      (event.target as IDBDatabase).close();
      drop();
    },
    terminated: drop,
  };
  try {
    return await openDB<Schema>(NAME, VERSION, { upgrade, ...callbacks });
  } catch (error) {
    if (!(error instanceof DOMException) || error.name !== 'VersionError') throw error;
    storageIsNewer.value = true;
    return openDB<Schema>(NAME, undefined, callbacks);
  }
}

/** Run one piece of work; a lost connection is opened again, once. The work must therefore be safe to run twice. */
export async function withDb<T>(work: (db: Db) => Promise<T>): Promise<T> {
  try {
    connection ??= connect();
    return await work(await connection);
  } catch (first) {
    const lost = connection;
    drop();
    // Asking for the old one to be closed must not hide why the work failed.
    void lost?.then((db) => db.close()).catch(() => undefined);
    if (first instanceof DOMException && first.name === 'QuotaExceededError') throw first;
    connection = connect();
    return work(await connection);
  }
}

export async function getMeta<T>(key: string): Promise<T | undefined> {
  return (await withDb((db) => db.get('meta', key))) as T | undefined;
}

export async function setMeta(key: string, value: unknown): Promise<void> {
  await withDb<unknown>((db) => (value === undefined ? db.delete('meta', key) : db.put('meta', value, key)));
}

export type Everything = {
  outbox: OutboxRow[];
  visits: VisitRow[];
  people: PersonRow[];
  notes: NoteRow[];
  facts: FactRow[];
  config: { etag: string; data: Bootstrap } | undefined;
};

export function loadAll(): Promise<Everything> {
  return withDb(async (db) => {
    const [outbox, visits, people, notes, facts, config] = await Promise.all([
      db.getAll('outbox'),
      db.getAll('visits'),
      db.getAll('people'),
      db.getAll('notes'),
      db.getAll('facts'),
      db.get('config', 'bootstrap'),
    ]);
    return { outbox: outbox.sort((a, b) => a.seq - b.seq), visits, people, notes, facts, config };
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
  return withDb(async (db) => {
    const names = ['outbox', 'visits', 'people', 'notes', 'meta'] as const;
    const tx = db.transaction(names, 'readwrite', { durability: 'strict' });
    const meta = tx.objectStore('meta');
    const visits = tx.objectStore('visits');
    let last = Number((await meta.get('seq')) ?? 0);
    const saved: OutboxRow[] = [];
    for (const row of taps.events) {
      // A first try may have been written although its answer was lost: then its number stays as it is.
      const seq = row.seq || (await tx.objectStore('outbox').get(row.id))?.seq || last + 1;
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
      ...saved.map((row) => tx.objectStore('outbox').put(row)),
      ...taps.people.map((row) => tx.objectStore('people').put(row)),
      ...taps.notes.map((row) => tx.objectStore('notes').put(row)),
      tx.done,
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
  return withDb(async (db) => {
    const names = ['outbox', 'visits', 'people', 'notes', 'facts', 'meta'] as const;
    const tx = db.transaction(names, 'readwrite', { durability: 'strict' });
    const [outbox, visits, people] = [tx.objectStore('outbox'), tx.objectStore('visits'), tx.objectStore('people')];
    const [notes, facts] = [tx.objectStore('notes'), tx.objectStore('facts')];
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
      answer.cursor === null ? undefined : tx.objectStore('meta').put(answer.cursor, 'cursor'),
      tx.done,
    ]);
  });
}

export async function saveConfig(etag: string, data: Bootstrap): Promise<void> {
  await withDb((db) => db.put('config', { etag, data }, 'bootstrap'));
}

export async function getDraft(visit: string): Promise<Sealed | undefined> {
  return withDb((db) => db.get('drafts', visit));
}

export async function setDraft(visit: string, draft: Sealed | null): Promise<void> {
  await withDb<unknown>((db) => (draft === null ? db.delete('drafts', visit) : db.put('drafts', draft, visit)));
}

/** A lost tablet forgets people and settings, never what it has not handed in (ruling 9). */
export function wipe(): Promise<void> {
  return withDb(async (db) => {
    const names = ['visits', 'people', 'facts', 'meta', 'config', 'drafts'] as const;
    const tx = db.transaction(names, 'readwrite', { durability: 'strict' });
    const meta = tx.objectStore('meta');
    const [seq, key] = [await meta.get('seq'), await meta.get('key')];
    const pending = (await tx.objectStore('people').getAll()).filter((row) => row.rev > row.acked);
    await Promise.all(names.map((name) => tx.objectStore(name).clear()));
    // The count goes on, and people not handed in yet belong to the outbox, with the key that hides their numbers.
    await Promise.all([
      meta.put(seq ?? 0, 'seq'),
      key === undefined ? undefined : meta.put(key, 'key'),
      ...pending.map((row) => tx.objectStore('people').put(row)),
      tx.done,
    ]);
  });
}

// The one door to IndexedDB. WebKit now and then loses the connection to it under a living page, and a cached dead
// connection would then lose every tap: so each piece of work runs through `transact`, which opens anew once.
import { signal } from '@preact/signals';
import type { Stores } from './db';

const NAME = 'sendoff';
const VERSION = 1;

type Name = keyof Stores;
type Store<K extends Name> = {
  get: (key: string) => Promise<Stores[K] | undefined>;
  all: () => Promise<Stores[K][]>;
  /** With a key only where the rows do not carry their own. */
  put: (value: Stores[K], key?: string) => Promise<unknown>;
  delete: (key: string) => Promise<unknown>;
  clear: () => Promise<unknown>;
};
/** A store by its name, within one transaction. */
export type In = <K extends Name>(name: K) => Store<K>;

/** This page is older than what is stored (somebody went back to an older version): it may add, never change shape. */
export const storageIsNewer = signal(false);

let connection: Promise<IDBDatabase> | null = null;

function answered<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function committed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new DOMException('', 'AbortError'));
  });
}

function upgrade(db: IDBDatabase, old: number): void {
  // Only ever add steps here. Rows of the outbox are sent as they were written, however old they are.
  if (old < 1) {
    for (const name of ['outbox', 'visits', 'people', 'notes']) db.createObjectStore(name, { keyPath: 'id' });
    db.createObjectStore('facts', { keyPath: 'key' });
    for (const name of ['meta', 'config', 'drafts']) db.createObjectStore(name);
  }
}

const drop = (): void => {
  connection = null;
};

async function open(version?: number): Promise<IDBDatabase> {
  const request = indexedDB.open(NAME, version);
  request.onupgradeneeded = (event) => upgrade(request.result, event.oldVersion);
  const db = await answered(request);
  db.onclose = drop;
  db.onversionchange = () => {
    // Another tab brings a newer shape. close() waits for what is being written.
    db.close();
    drop();
  };
  return db;
}

function connect(): Promise<IDBDatabase> {
  return open(VERSION).catch((error: unknown) => {
    if (!(error instanceof DOMException) || error.name !== 'VersionError') throw error;
    storageIsNewer.value = true;
    return open();
  });
}

async function attempt<T>(names: Name[], mode: IDBTransactionMode, work: (store: In) => Promise<T>): Promise<T> {
  connection ??= connect();
  const transaction = (await connection).transaction(names, mode, { durability: 'strict' });
  const end = committed(transaction);
  const inside: In = (name) => {
    const store = transaction.objectStore(name);
    return {
      get: (key) => answered(store.get(key)),
      all: () => answered(store.getAll()),
      put: (value, key) => answered(store.put(value, key)),
      delete: (key) => answered(store.delete(key)),
      clear: () => answered(store.clear()),
    };
  };
  const [result] = await Promise.all([work(inside), end]);
  return result;
}

/**
 * Run one piece of work in one transaction, on the disk before it is called done. A lost connection is opened again,
 * once: the work must therefore be safe to run twice. It may await nothing but the stores it is given.
 */
export async function transact<T>(names: Name[], mode: IDBTransactionMode, work: (store: In) => Promise<T>): Promise<T> {
  try {
    return await attempt(names, mode, work);
  } catch (first) {
    const lost = connection;
    drop();
    // Asking for the old one to be closed must not hide why the work failed.
    void lost?.then((db) => db.close()).catch(() => undefined);
    if (first instanceof DOMException && first.name === 'QuotaExceededError') throw first;
    return attempt(names, mode, work);
  }
}

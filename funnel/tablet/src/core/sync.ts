// Hands in what is waiting and brings back what is new. One tab drains at a time; nothing here holds up a tap.
import { signal } from '@preact/signals';
import { api, Problem, Silence } from './api';
import { absorb, nothing, show, type Told } from './answer';
import { afterRefusal, afterSilence, afterSuccess, backoff, FRESH, type Pace } from './batch';
import { measured } from './clock';
import { getMeta, loadAll, saveAnswer, setMeta, type OutboxRow } from './db';
import { whenSaved } from './outbox';
import { config, device, lastSeen, loaded, net, outbox, session, waiting } from './state';
import { wireNote, wirePerson, waitingUnits, type Unit } from './units';
import type { SyncAnswer } from './wire';

const POLL_MS = 4_000;
const HIDDEN_POLL_MS = 60_000;
/** Whatever a proxy asks for: a shop's taps are not held back for longer. */
const LONGEST_QUIET_SECONDS = 300;
const APP_VERSION = '1';

/** What a screen may want to hear of: said once, shown by whoever listens. */
export const tooLate = signal(0);

let pace: Pace = FRESH;
let cursor: string | null = null;
let timer = 0;
let inFlight = false;
let again = false;
/** The server asked to be left alone until then; a tap does not override that. */
let quietUntil = 0;
let onConfig: () => void = () => undefined;
let onRevoked: () => void = () => undefined;
let onLost: (problem: Problem) => void = () => undefined;

const others = 'BroadcastChannel' in globalThis ? new BroadcastChannel('sendoff') : null;

async function post(units: readonly Unit[]): Promise<SyncAnswer> {
  const people = units.flatMap((unit) => (unit.kind === 'person' ? [wirePerson(unit.row)] : []));
  const notes = units.flatMap((unit) => (unit.kind === 'note' ? [wireNote(unit.row)] : []));
  return api.sync({
    app_version: APP_VERSION,
    cursor,
    clock: measured(),
    people: await Promise.all(people),
    notes: await Promise.all(notes),
    events: units.flatMap((unit) => (unit.kind === 'event' ? [unit.row.event] : [])),
    // Last, so that nothing in the batch is later than it.
    sent_at: new Date().toISOString(),
  });
}

async function take(units: readonly Unit[], answer: SyncAnswer): Promise<Told> {
  const told = await absorb(units, answer);
  if (units.length + answer.changes.length > 0) others?.postMessage('changed');
  cursor = answer.cursor ?? cursor;
  net.value = 'online';
  lastSeen.value = Date.now();
  if (told.tooLate) tooLate.value += 1;
  const version = answer.config_version ?? config.value?.config_version;
  // Without a cursor the server tells nothing more to this tablet: the settings' door says why.
  const silent = (answer.cursor ?? null) === null && device.value === 'enrolled';
  if (config.value !== null && (silent || version !== config.value.config_version)) onConfig();
  // A tablet that was taken out of use has handed in the last of it: now it may forget.
  if (device.value !== 'enrolled' && waiting.value === 0) onRevoked();
  return told;
}

/** One entry that the server cannot take at all, while it takes an empty poll: put aside, so that the rest goes on. */
async function park(unit: Unit, code: string): Promise<void> {
  const answered = nothing();
  const parked = code || 'refused';
  if (unit.kind === 'person') answered.people.push({ id: unit.id, parked });
  else if (unit.kind === 'note') answered.notes.push({ ...unit.row, parked });
  else answered.outbox.push({ ...unit.row, parked });
  await saveAnswer(answered).catch(() => undefined);
  show(answered);
}

async function refused(problem: Problem, units: readonly Unit[]): Promise<number> {
  if (problem.status === 401) {
    onLost(problem);
    return 0;
  }
  if (problem.code.startsWith('cursor') && cursor !== null) {
    cursor = null;
    return 1;
  }
  net.value = problem.status >= 500 ? 'offline' : net.value;
  const patient = problem.status === 429 || problem.status === 503 || problem.status === 403;
  pace = patient ? afterSilence(pace) : afterRefusal(pace, units.length, problem.status === 413);
  const [first] = units;
  if (pace.suspect && first !== undefined) {
    try {
      await take([], await post([]));
      await park(first, problem.code);
      pace = { ...FRESH, limit: 1 };
      return 1;
    } catch {
      // Even an empty poll fails: the server is in trouble, not the entry. Keep everything and wait.
    }
  }
  return Math.max(Math.min(problem.retryAfter, LONGEST_QUIET_SECONDS) * 1_000, backoff(pace.failures, Math.random()));
}

/** Send one batch. Answers how long to wait for the next; 0 means: not before something happens. */
async function round(): Promise<number> {
  const queue = waitingUnits();
  const units = queue.slice(0, pace.limit);
  try {
    const told = await take(units, await post(units));
    pace = afterSuccess(pace);
    if (told.retried > 0) return backoff(2, Math.random());
    return queue.length > units.length ? 1 : document.hidden ? HIDDEN_POLL_MS : POLL_MS;
  } catch (error) {
    if (error instanceof Problem) {
      const wait = await refused(error, units);
      quietUntil = wait > 1 ? Date.now() + wait : 0;
      return wait;
    }
    if (!(error instanceof Silence)) console.error('sync failed', error instanceof Error ? error.message : '');
    net.value = 'offline';
    pace = afterSilence(pace);
    return backoff(pace.failures, Math.random());
  }
}

async function locked(): Promise<number> {
  if (!('locks' in navigator)) return round();
  return navigator.locks.request('sendoff-sync', { ifAvailable: true }, (lock) => (lock ? round() : POLL_MS));
}

const mayHandIn = (): boolean => device.value !== 'unknown' && device.value !== 'missing';

async function run(): Promise<void> {
  if (inFlight) {
    again = true;
    return;
  }
  clearTimeout(timer);
  // A tablet out of use still hands in what it has, and asks for nothing.
  if (!mayHandIn() || (device.value !== 'enrolled' && waiting.value === 0)) return;
  inFlight = true;
  again = false;
  let wait = POLL_MS;
  try {
    wait = await locked();
  } finally {
    inFlight = false;
  }
  if (again && Date.now() >= quietUntil) wait = 1;
  if (wait > 0) timer = window.setTimeout(() => void run(), wait);
}

/** Something was tapped, or a screen wants to know now. */
export function kick(): void {
  if (Date.now() >= quietUntil) void run();
}

/** A change of the outside world: whatever was counted against the network before no longer holds. */
function wake(): void {
  pace = { ...pace, failures: 0 };
  quietUntil = 0;
  void run();
}

/** Try once more what was put aside. */
export async function unpark(rows: readonly OutboxRow[]): Promise<void> {
  const answered = nothing();
  answered.outbox = rows.map(({ parked: _parked, ...row }) => row);
  await saveAnswer(answered).catch(() => undefined);
  show(answered);
  wake();
}

/** Another tab of this tablet wrote: read the disk again. */
async function reload(): Promise<void> {
  loaded(await loadAll());
  cursor = (await getMeta<string>('cursor')) ?? null;
}

export async function startSync(hooks: { config: () => void; revoked: () => void; lost: (problem: Problem) => void }): Promise<void> {
  onConfig = hooks.config;
  onRevoked = hooks.revoked;
  onLost = hooks.lost;
  cursor = (await getMeta<string>('cursor')) ?? null;
  whenSaved(() => {
    others?.postMessage('changed');
    kick();
  });
  others?.addEventListener('message', () => void reload());
  addEventListener('online', wake);
  addEventListener('offline', () => void run());
  addEventListener('pageshow', wake);
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) wake();
  });
  if (session.value !== null || outbox.value.length > 0) void run();
}

/** A tablet that was enrolled anew belongs to another device row: it starts reading from the beginning. */
export async function startOver(): Promise<void> {
  cursor = null;
  await setMeta('cursor', undefined);
  others?.postMessage('changed');
  wake();
}

// Who is holding the tablet. The device is the login; the PIN says who acts, on line or not.
import { signal } from '@preact/signals';
import { api, Problem, Silence } from './api';
import { now } from './clock';
import { addOne, getMeta, setMeta } from './db';
import { empty, lost } from './device';
import { flush, record } from './outbox';
import { afterWrong, makeVerifier, matches, NO_TRIES, type Tries, type Verifier } from './pin';
import { config, dayOf, emptied, me, net, presence, today } from './state';
import type { Person, PresenceState } from './wire';

const QUICK_MS = 3_000;
const DEFAULT_IDLE_SECONDS = 120;
const DEFAULT_OFFLINE_HOURS = 12;
/** Of all people together, off line, with no right one between them. */
const MOST_WRONG_IN_A_ROW = 10;

export type SignIn =
  | { ok: true }
  | { ok: false; code: 'pin_wrong' | 'pin_locked' | 'pin_blocked' | 'too_often' | 'never_here' | 'device' | 'trouble'; seconds: number };

let touched = Date.now();
let lastPerson = '';
/** The server does not know who holds the tablet: the PIN was entered off line, or its session has ended since. */
export const pinAgain = signal(false);
/** Nobody locked it: it was left alone for too long. */
export let leftAlone = false;

/** Who locked the tablet last, so that the same person only needs the PIN. */
export const previous = (): string => lastPerson;

const no = (code: (SignIn & { ok: false })['code'], seconds = 0): SignIn => ({ ok: false, code, seconds });

function enter(person: Person): void {
  touched = Date.now();
  lastPerson = person.id;
  me.value = person;
  emptied.value = pinAgain.value = false;
  void setMeta('me', { id: person.id, touched }).catch(() => undefined);
  for (const key of ['wrong', 'emptied']) void setMeta(key, undefined).catch(() => undefined);
  // Whoever signs in is on the floor, unless they said today that they are away.
  const known = presence(person.id);
  if (!known || known.state === 'off' || dayOf(Date.parse(known.at)) !== today.value) setPresence('on_floor');
}

async function offline(person: Person, pin: string): Promise<SignIn> {
  const tries = (await getMeta<Tries>(`tries:${person.id}`)) ?? NO_TRIES;
  if (tries.until > Date.now()) return no('pin_locked', Math.ceil((tries.until - Date.now()) / 1_000));
  const verifier = await getMeta<Verifier>(`pin:${person.id}`);
  if (verifier === undefined || verifier.until < Date.now()) return no('never_here');
  // Counted before it is looked at, so that nothing that happens in between makes a guess free.
  const inARow = await addOne('wrong');
  if (inARow <= MOST_WRONG_IN_A_ROW && (await matches(pin, verifier))) {
    await setMeta(`tries:${person.id}`, undefined);
    enter(person);
    return { ok: true };
  }
  const next = afterWrong(tries, Date.now());
  await setMeta(`tries:${person.id}`, next);
  if (inARow >= MOST_WRONG_IN_A_ROW) {
    // What only memory holds goes to the disk first.
    await flush();
    lastPerson = '';
    await empty();
  }
  return next.until > 0 ? no('pin_locked', Math.ceil((next.until - Date.now()) / 1_000)) : no('pin_wrong');
}

async function remember(person: Person, pin: string): Promise<void> {
  const verifier = await makeVerifier(pin, config.value?.limits.offline_hours ?? DEFAULT_OFFLINE_HOURS);
  await setMeta(`pin:${person.id}`, verifier);
  await setMeta(`tries:${person.id}`, undefined);
}

/** On line the server decides; only when it does not answer does the tablet decide by what it learned in the last hours. */
export async function signIn(person: Person, pin: string): Promise<SignIn> {
  const verifier = await getMeta<Verifier>(`pin:${person.id}`).catch(() => undefined);
  // Known to be off line, and able to decide: do not let somebody with a customer wait for a time-out.
  if (verifier !== undefined && net.value === 'offline') return offline(person, pin);
  try {
    await api.signIn(person.id, pin, verifier === undefined ? undefined : QUICK_MS);
    enter(person);
    void remember(person, pin).catch(() => undefined);
    return { ok: true };
  } catch (error) {
    if (error instanceof Silence) return offline(person, pin);
    if (!(error instanceof Problem)) throw error;
    return onLineRefusal(error, person, pin);
  }
}

async function onLineRefusal(problem: Problem, person: Person, pin: string): Promise<SignIn> {
  if (problem.status >= 500) return offline(person, pin);
  if (problem.code === 'too_often') return no('too_often');
  if (problem.status === 429) return no('pin_locked', problem.retryAfter || 60);
  if (problem.code === 'pin_blocked') {
    // What the tablet learned earlier must not open it offline either.
    await setMeta(`pin:${person.id}`, undefined);
    return no('pin_blocked');
  }
  if (problem.code.startsWith('device')) {
    await lost(problem);
    return no('device');
  }
  if (problem.status !== 401) return no('trouble');
  // The PIN may have been changed on the server: the old one must not open the tablet offline either.
  await setMeta(`pin:${person.id}`, undefined);
  return no('pin_wrong');
}

export function setPresence(state: PresenceState, reason?: string): void {
  record({ type: 'presence.changed', visit: null, data: reason === undefined ? { state } : { state, reason } });
}

export function lock(alone = false): void {
  if (me.value === null) return;
  leftAlone = alone;
  lastPerson = me.value.id;
  void flush();
  me.value = null;
  void setMeta('me', undefined).catch(() => undefined);
  void api.signOut().catch(() => undefined);
}

export const idleSeconds = (): number => config.value?.limits.idle_lock_seconds ?? DEFAULT_IDLE_SECONDS;
const idleTooLong = (since: number): boolean => Date.now() - since > idleSeconds() * 1_000;

/** A reload in the middle of a visit does not ask for the PIN again; a tablet left on the counter does. */
export async function resume(): Promise<void> {
  const stored = await getMeta<{ id: string; touched: number }>('me').catch(() => undefined);
  if (stored === undefined) return;
  lastPerson = stored.id;
  const person = config.value?.roster.find((candidate) => candidate.id === stored.id && candidate.active);
  leftAlone = idleTooLong(stored.touched);
  if (person && !leftAlone) me.value = person;
}

export function startIdleLock(): void {
  const touch = (): void => {
    const before = touched;
    touched = Date.now();
    // Written now and then only: it has to survive a reload, not to count milliseconds.
    if (me.value && touched - before > 5_000) void setMeta('me', { id: me.value.id, touched }).catch(() => undefined);
  };
  addEventListener('pointerdown', touch, { capture: true, passive: true });
  addEventListener('keydown', touch, { capture: true, passive: true });
  now.subscribe(() => {
    if (me.value && idleTooLong(touched)) lock(true);
  });
}

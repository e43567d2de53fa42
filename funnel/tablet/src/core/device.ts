// This tablet and its shop: enrolment, the settings it works offline with, and what happens when it is taken away.
import { batch } from '@preact/signals';
import { api, Problem } from './api';
import { saveConfig, wipe } from './db';
import { forms } from './sendoff';
import { config, device, emptied, etag, facts, me, net, people, session, visitRows, waiting, type DeviceState } from './state';
import { kick, startOver } from './sync';
import type { Session } from './wire';

const RETRY_MS = 5_000;
const REFRESH_MS = 10 * 60_000;

/** A tablet that was taken away, or `guessed` at, forgets people, PINs and settings; what it has not handed in stays (ruling 9). */
export async function forget(guessed = false): Promise<void> {
  const pending = [...people.value].filter(([, row]) => row.rev > row.acked);
  batch(() => {
    me.value = null;
    config.value = null;
    etag.value = '';
    visitRows.value = new Map();
    facts.value = new Map();
    people.value = new Map(pending);
    forms.value = new Map();
    emptied.value = guessed;
  });
  await wipe(guessed).catch(() => undefined);
}

export async function refreshConfig(): Promise<void> {
  try {
    const fresh = await api.bootstrap(etag.value);
    device.value = 'enrolled';
    if (fresh === null) return;
    await saveConfig(fresh.etag, fresh.data).catch(() => undefined);
    batch(() => {
      config.value = fresh.data;
      etag.value = fresh.etag;
    });
  } catch (error) {
    if (error instanceof Problem && error.status === 401) await lost(error);
  }
}

const LOST: Readonly<Record<string, DeviceState>> = { device_revoked: 'revoked', device_retired: 'retired' };

/** The server no longer knows this tablet, or says that it is out of use. */
export async function lost(problem: Problem): Promise<void> {
  device.value = LOST[problem.code] ?? 'missing';
  const handedIn = device.value !== 'missing' && waiting.value === 0;
  if (problem.body['wipe'] === true || handedIn) await forget();
  else if (device.value !== 'missing') kick();
}

async function told(answer: Session): Promise<void> {
  const before = config.value?.device.id;
  session.value = answer;
  net.value = 'online';
  if (answer.device === null) {
    // A session says only that this is no tablet; the settings' door says why.
    if (config.value === null && waiting.value === 0) device.value = 'missing';
    else await refreshConfig();
    // Whoever was wiped may still have to hand in.
    kick();
    return;
  }
  // Enrolled anew, perhaps for another shop: the old shop's people and settings have no place here.
  if (before !== undefined && before !== answer.device.id) {
    await forget();
    await startOver();
  }
  device.value = 'enrolled';
  await refreshConfig();
  kick();
}

/** Ask who we are. Without an answer the tablet works with what it has and asks again. */
export async function connect(): Promise<void> {
  try {
    await told(await api.session());
  } catch {
    net.value = 'offline';
    setTimeout(() => void connect(), RETRY_MS);
  }
}

/** Too many wrong PINs in a row: only the server can open this tablet again, and what waits goes there as ever. */
export async function empty(): Promise<void> {
  await forget(true);
  await startOver().catch(() => undefined);
  void connect();
}

/** Settings change seldom; a look now and then costs one answer without a body. */
export function startRefreshing(): void {
  setInterval(() => {
    if (device.value === 'enrolled' && net.value === 'online' && !document.hidden) void refreshConfig();
  }, REFRESH_MS);
}

export type EnrolResult = 'ok' | 'offline' | 'enrolment_code_invalid' | 'too_many' | 'refused';

export async function enrol(code: string, name: string): Promise<EnrolResult> {
  try {
    await api.enrol(code.trim(), name.trim());
    await told(await api.session());
    return 'ok';
  } catch (error) {
    if (!(error instanceof Problem)) return 'offline';
    if (error.status === 429) return 'too_many';
    return error.code === 'enrolment_code_invalid' ? 'enrolment_code_invalid' : 'refused';
  }
}

// What the demo's pages know: the demo's clock, the phones, and who plays the associate.
import { computed, signal } from '@preact/signals';
import type { Session } from '../manage/types';
import { lang } from '../i18n';
import { API, json, request } from '../core/http';

export type Text = { id: string; body: string; at: string; brand: string; language: string; state: string; mine: boolean };
export type Phone = { number: string; last4: string; name: string; texts: Text[] };
export type DemoState = { clock_shift_seconds: number; now: string; phones: Phone[]; next_text_at: string | null; worker: boolean; rules: boolean };
export type Cast = { staff: string; pin: string };
export type Jump = 'minute' | 'next_text' | 'tomorrow';

export const state = signal<DemoState | null>(null);
export const lost = signal(false);
/** The demo's time at this moment; it runs between two answers of the server. */
export const now = signal(Date.now());
export const cast = signal<Cast | null>(null);
export const zone = signal<string | undefined>(undefined);
export const stage = signal<'starting' | 'ready' | 'failed'>('starting');
export const jumping = signal<Jump | null>(null);
export const jumpFailed = signal(false);

const POLL_MS = 1_000;
let offset = 0;

/** Phones with the newest text first; a phone without one keeps its place behind them. */
export const phones = computed<Phone[]>(() =>
  [...(state.value?.phones ?? [])].sort((a, b) => latest(b).localeCompare(latest(a))),
);

/** When the newest text from the shop came. */
export function latest(phone: Phone): string {
  return phone.texts.reduce((newest, text) => (!text.mine && text.at > newest ? text.at : newest), '');
}

async function poll(): Promise<void> {
  try {
    const answer = await json<DemoState>('/demo/state');
    offset = Date.parse(answer.now) - Date.now();
    now.value = Date.now() + offset;
    state.value = answer;
    lost.value = false;
  } catch {
    lost.value = true;
  }
}

export function startPolling(): void {
  void poll();
  let asked = false;
  setInterval(() => {
    now.value = Date.now() + offset;
    // One question at a time: a slow server must not be asked again before it has answered.
    if (asked || document.hidden) return;
    asked = true;
    void poll().finally(() => { asked = false; });
  }, POLL_MS);
}

export async function jump(to: Jump): Promise<void> {
  jumping.value = to;
  try {
    await request('/demo/jump', { method: 'POST', body: { to } });
    jumpFailed.value = false;
    await poll();
    now.value = Date.now() + offset;
  } catch {
    jumpFailed.value = true;
  } finally {
    jumping.value = null;
  }
}

/** Whether the text worker was killed while this page has been open. */
export const killed = signal(false);

export async function killWorker(): Promise<void> {
  try {
    state.value = await json<DemoState>('/demo/kill-worker', { method: 'POST', body: {} });
    killed.value = true;
  } catch {
    // It does not run at this moment, which the next look at the state says.
  }
}

/** Quiet hours and the cap on or off, as an owner decides. */
export async function switchRules(on: boolean): Promise<void> {
  try {
    state.value = await json<DemoState>('/demo/rules', { method: 'POST', body: { on } });
  } catch {
    // Nothing was switched, and the button still says so.
  }
}

/** The owner of a phone answers; says whether the answer got through. */
export async function answer(number: string, body: string): Promise<boolean> {
  try {
    state.value = await json<DemoState>('/demo/answer', { method: 'POST', body: { number, body } });
    return true;
  } catch {
    return false;
  }
}

const CAST = 'sendoff.demo.cast';

function keptCast(): Cast | null {
  try {
    return JSON.parse(localStorage.getItem(CAST) ?? 'null') as Cast | null;
  } catch {
    return null;
  }
}

/** Make this browser a tablet of the demo shop and a signed-in manager, unless it is both already. */
export async function enter(): Promise<void> {
  stage.value = 'starting';
  try {
    let session = await json<Session>(`${API}/session`);
    cast.value = keptCast();
    if (session.device === null || session.manager === null || cast.value === null) {
      const { staff, pin } = await json<Cast>('/demo/enter', { method: 'POST', body: { language: lang.value } });
      cast.value = { staff, pin };
      localStorage.setItem(CAST, JSON.stringify(cast.value));
      session = await json<Session>(`${API}/session`);
    }
    const home = session.manager?.stores.find((store) => store.id === session.device?.store_id);
    zone.value = home?.zone;
    stage.value = 'ready';
  } catch {
    stage.value = 'failed';
  }
}

// What the manager's page knows: who is signed in, which figures are asked for, and the last answer to each question.
import { signal } from '@preact/signals';
import { API, json, Problem, request, Silence, UNATTENDED } from '../core/http';
import { page } from './pages';
import { ALL_STORES, type Days, type Manager, type Overview, type Session } from './types';

export type Screen = 'starting' | 'sign_in' | 'overview' | 'unreachable';
/** `ended` when the server does not know how, or not any more. */
export type Ending = NonNullable<Session['signed_out']> | 'ended';
type Kept = { at: string; report: Overview };

export const screen = signal<Screen>('starting');
export const manager = signal<Manager | null>(null);
/** How the last session ended without having been asked to; null when it did not. */
export const ended = signal<Ending | null>(null);
export const days = signal<Days>(1);
export const store = signal<string>(ALL_STORES);
export const shown = signal<Kept | null>(null);
/** Why the figures on the screen are not fresh; null when they are. */
export const trouble = signal<'offline' | 'server' | null>(null);
export const loading = signal(false);

const REFRESH_MS = 15_000;
// The demo is watched: what the tablet does must be seen at once.
const REFRESH_DEMO_MS = 3_000;
const KEPT = 'sendoff.manage.kept';
const KEPT_MS = 24 * 60 * 60 * 1000;

type Drawer = { manager: Manager; answers: Record<string, Kept> };

// Figures of whole stores, no customers: they may lie on the device for a day, so that the page also opens off line.
function readDrawer(): Drawer | null {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? 'null') as Drawer | null;
  } catch {
    return null;
  }
}

/** Nobody answered; or a proxy did, whose server is away and who knows none of our codes. */
export function isAway(error: unknown): boolean {
  return error instanceof Silence || (error instanceof Problem && error.status >= 502 && error.code === '');
}

function question(): string {
  return `${days.value}:${store.value}`;
}

function keep(answer: Kept): void {
  const who = manager.value;
  if (who === null) return;
  const old = readDrawer();
  const answers = old?.manager.id === who.id ? old.answers : {};
  localStorage.setItem(KEPT, JSON.stringify({ manager: who, answers: { ...answers, [question()]: answer } }));
}

function recall(): Kept | null {
  const answer = readDrawer()?.answers[question()];
  return answer !== undefined && Date.now() - Date.parse(answer.at) < KEPT_MS ? answer : null;
}

/** What a refusal says of the session that it met. */
export function endingOf(refused: Problem): Ending {
  if (refused.code === 'session_idle') return 'idle';
  return refused.code === 'session_expired' ? 'expired' : 'ended';
}

export function signedOut(because: Ending | null): void {
  localStorage.removeItem(KEPT);
  manager.value = null;
  shown.value = null;
  ended.value = because;
  screen.value = 'sign_in';
}

let timer: number | undefined;
let pace = REFRESH_MS;

function welcome(who: Manager): void {
  manager.value = who;
  ended.value = null;
  trouble.value = null;
  const only = who.stores.length === 1 ? who.stores[0] : undefined;
  if (only !== undefined) store.value = only.id;
  screen.value = 'overview';
  void load();
}

export async function start(): Promise<void> {
  screen.value = 'starting';
  window.clearInterval(timer);
  timer = window.setInterval(tick, REFRESH_DEMO_MS);
  try {
    const session = await json<Session>(`${API}/session`);
    pace = session.mode === 'demo' ? REFRESH_DEMO_MS : REFRESH_MS;
    // After a night the browser has forgotten its session; what is kept tells that there was one.
    if (session.manager === null) signedOut(session.signed_out ?? (readDrawer() === null ? null : 'ended'));
    else welcome(session.manager);
  } catch {
    const drawer = readDrawer();
    if (drawer === null) screen.value = 'unreachable';
    else welcome(drawer.manager);
  }
}

let lastLoad = 0;

function tick(): void {
  if (screen.value === 'overview' && page.value === 'overview' && !document.hidden && Date.now() - lastLoad >= pace) void load(UNATTENDED);
}

let running = 0;

export async function load(headers: Record<string, string> = {}): Promise<void> {
  const mine = ++running;
  lastLoad = Date.now();
  loading.value = true;
  try {
    const query = new URLSearchParams({ days: String(days.value), store: store.value });
    const report = await json<Overview>(`${API}/reports/overview?${query.toString()}`, { headers });
    // A slow answer to an older question must not overwrite the newer one.
    if (mine !== running) return;
    shown.value = { at: report.generated_at, report };
    trouble.value = null;
    keep(shown.value);
  } catch (error) {
    if (mine !== running) return;
    if (error instanceof Problem && (error.status === 401 || error.status === 403)) return signedOut(endingOf(error));
    // Asked too often: what is shown stays, and the next look is soon.
    if (error instanceof Problem && error.status === 429) return;
    trouble.value = isAway(error) ? 'offline' : 'server';
    shown.value ??= recall();
  } finally {
    if (mine === running) loading.value = false;
  }
}

/** Ask another question. What is shown stays only if it answers this one too. */
export function ask(change: { days?: Days; store?: string }): void {
  if (change.days !== undefined) days.value = change.days;
  if (change.store !== undefined) store.value = change.store;
  shown.value = recall();
  void load();
}

/** Resolves to null when the manager is in, else to the reason why not. */
export async function signIn(email: string, password: string): Promise<Problem | Silence | null> {
  try {
    const answer = await json<{ manager: Manager }>(`${API}/session`, { method: 'POST', body: { email, password } });
    welcome(answer.manager);
    return null;
  } catch (error) {
    if (error instanceof Problem || error instanceof Silence) return error;
    throw error;
  }
}

export async function signOut(): Promise<void> {
  try {
    await request(`${API}/session?kind=manager`, { method: 'DELETE' });
    signedOut(null);
  } catch (error) {
    // Without the server's word the cookie is still good: say so instead of pretending.
    trouble.value = isAway(error) ? 'offline' : 'server';
  }
}

// Conversations as the tablet and the manager's page know them: the inbox, the thread that is open, and what was typed.
// Customers' words stay in memory: they are gone with the page, and when another person takes over.
import { computed, signal } from '@preact/signals';
import { API, json, Problem, request, Silence } from '../core/http';
import { uuid7 } from '../core/ids';
import type { messaging } from '../generated/contract';
import type { components } from '../generated/api';

type Schemas = components['schemas'];
export type Inbox = Schemas['ConversationsOut'];
export type Conversation = Schemas['ConversationOut'];
export type Thread = Schemas['ThreadOut'];
export type Said = Schemas['SaidOut'];
/** What came of the last answer: nothing yet, no connection, or a code that the server gave. */
export type Failure = { id: string; code: string };

/** Who is asking; the tablet says so, since a browser may be a manager's as well. */
type Asker = { headers: Record<string, string>; zoneOf: (store: string) => string; ended: (refused: Problem) => void };
let asker: Asker = { headers: {}, zoneOf: () => 'UTC', ended: () => undefined };
export const zoneOf = (store: string): string => asker.zoneOf(store);

/** The same asker for what stands beside the words. */
export const who = (): Asker => asker;

export const box = signal<messaging.Box>('replies');
/** Something else than a box is looked at: the manager's texts that failed. */
export const aside = signal(false);
export const inbox = signal<Inbox | null>(null);
export const open = signal<string | null>(null);
export const thread = signal<Thread | null>(null);
export const away = signal(false);
export const busy = signal(false);
export const failure = signal<Failure | null>(null);
export const drafts = signal<Readonly<Record<string, string>>>({});
export const unread = computed(() => inbox.value?.unread ?? 0);

const tags = new Map<string, string>();
/** The id of an answer that may have got through although nobody said so: sent again, it is the same one. */
const tries = new Map<string, { body: string; id: string }>();

export function begin(who: Asker): void {
  asker = who;
}

export function forget(): void {
  tags.clear();
  tries.clear();
  [inbox.value, thread.value, open.value, failure.value, drafts.value] = [null, null, null, null, {}];
}

/** The answer if it is another one than the last; undefined while nothing has changed. */
async function news<T>(path: string, more: Record<string, string>): Promise<T | undefined> {
  const tag = tags.get(path);
  const response = await request(API + path, { headers: { ...asker.headers, ...more, ...(tag === undefined ? {} : { 'If-None-Match': tag }) } });
  if (response.status === 304) return undefined;
  tags.set(path, response.headers.get('ETag') ?? '');
  return (await response.json()) as T;
}

function missed(error: unknown): void {
  if (error instanceof Problem && error.status === 401) asker.ended(error);
  else if (error instanceof Silence || (error instanceof Problem && error.status >= 500)) away.value = true;
}

let asking = false;
let seen = false;

/** The open thread is on the screen, or it is not: what nobody can see is not read. */
export const see = (it: boolean): void => { seen = it; };

/** One look at the inbox and at the open thread. Cheap while nothing has changed, and never two at once. */
export async function look(headers: Record<string, string> = {}): Promise<void> {
  if (asking) return;
  asking = true;
  try {
    const asked = box.value;
    const list = await news<Inbox>(`/conversations?box=${asked}&limit=100`, headers);
    if (list !== undefined && asked === box.value) inbox.value = list;
    away.value = false;
    const id = open.value;
    if (seen && id !== null) await lookAt(id, headers);
  } catch (error) {
    missed(error);
  } finally {
    asking = false;
  }
}

async function lookAt(id: string, headers: Record<string, string>): Promise<void> {
  const found = await news<Thread>(`/conversations/${id}`, headers);
  if (open.value !== id) return;
  if (found !== undefined) thread.value = found;
  const shown = thread.value;
  if (shown === null || shown.conversation.unread === 0 || !seen || document.hidden) return;
  const until = shown.texts.at(-1)?.at ?? shown.conversation.last_at;
  await request(`${API}/conversations/${id}/read`, { method: 'POST', body: { until }, headers: { ...asker.headers, ...headers } });
}

export function choose(name: messaging.Box): void {
  aside.value = false;
  if (box.value === name) return;
  tags.clear();
  [box.value, inbox.value, open.value, thread.value] = [name, null, null, null];
  void look();
}

export function show(id: string | null): void {
  if (open.value === id) return;
  if (id !== null) tags.delete(`/conversations/${id}`);
  [open.value, thread.value, failure.value] = [id, null, null];
  void look();
}

export function type(id: string, words: string): void {
  drafts.value = { ...drafts.value, [id]: words };
  if (failure.value?.id === id) failure.value = null;
}

/** What was typed stays until the server has it. */
export async function reply(id: string, quick: string | null): Promise<void> {
  const body = (drafts.value[id] ?? '').trim();
  if (body === '' || busy.value) return;
  busy.value = true;
  const known = tries.get(id);
  const text = known?.body === body ? known.id : uuid7();
  tries.set(id, { body, id: text });
  try {
    const sent = { method: 'POST', body: { id: text, body, quick }, headers: asker.headers };
    const answer = await json<Thread>(`${API}/conversations/${id}/reply`, sent);
    tries.delete(id);
    type(id, '');
    if (open.value === id) thread.value = answer;
    away.value = false;
    void look();
  } catch (error) {
    missed(error);
    failure.value = { id, code: error instanceof Problem ? error.code : 'offline' };
  } finally {
    busy.value = false;
  }
}

async function change(id: string, what: string, body: unknown): Promise<void> {
  busy.value = true;
  try {
    const answer = await json<Thread>(`${API}/conversations/${id}/${what}`, { method: 'POST', body, headers: asker.headers });
    if (open.value === id) thread.value = answer;
    failure.value = null;
    void look();
  } catch (error) {
    missed(error);
    failure.value = { id, code: error instanceof Problem ? error.code : 'offline' };
  } finally {
    busy.value = false;
  }
}

export const give = (id: string, staff: string | null): Promise<void> => change(id, 'assign', { staff });
export const settle = (id: string, settlement: messaging.Settlement): Promise<void> => change(id, 'settle', { settlement });

// The one door to the network. An answer within 8 seconds is the only proof of being on line.
import { learn } from './clock';
import type { Bootstrap, NumberAnswer, Session, SyncAnswer, SyncRequest } from './wire';

const ROOT = '/api/v1';
const TIMEOUT_MS = 8_000;

/** The server answered, and said no. `code` is what programs go by; words come from the dictionary. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly body: Readonly<Record<string, unknown>>;
  constructor(status: number, body: Readonly<Record<string, unknown>>) {
    super(`${status} ${String(body['code'] ?? '')}`);
    this.status = status;
    this.code = String(body['code'] ?? '');
    this.detail = String(body['detail'] ?? '');
    this.body = body;
  }
  /** Seconds the server wants to be left alone, from the body or the header. */
  get retryAfter(): number {
    return Number(this.body['retry_after_seconds'] ?? 0);
  }
}

/** Nobody answered in time: no network, or one that only pretends. */
export class Silence extends Error {
  override readonly name = 'Silence';
}

type Options = { method?: string; body?: unknown; headers?: Record<string, string>; timeout?: number };

function csrf(): string {
  return /(?:^|; )(?:__Host-)?sendoff_csrf=([^;]+)/.exec(document.cookie)?.[1] ?? '';
}

async function call(path: string, options: Options): Promise<Response> {
  const { method = 'GET', body, headers = {}, timeout = TIMEOUT_MS } = options;
  const init: RequestInit = {
    method,
    credentials: 'same-origin',
    cache: 'no-store',
    signal: AbortSignal.timeout(timeout),
    headers: { Accept: 'application/json', ...headers },
  };
  if (method !== 'GET') init.headers = { ...init.headers, 'X-CSRFToken': csrf() };
  if (body !== undefined) {
    init.headers = { ...init.headers, 'Content-Type': 'application/json' };
    init.body = JSON.stringify(body);
  }
  try {
    return await fetch(ROOT + path, init);
  } catch (error) {
    throw new Silence(String(error));
  }
}

async function problem(response: Response): Promise<Problem> {
  const text = await response.text().catch(() => '');
  let body: Record<string, unknown> = {};
  try {
    body = JSON.parse(text) as Record<string, unknown>;
  } catch {
    // A proxy's own page, not ours: the status is all there is to know.
  }
  const wait = response.headers.get('Retry-After');
  if (wait !== null && body['retry_after_seconds'] === undefined) body['retry_after_seconds'] = Number(wait);
  return new Problem(response.status, body);
}

async function request(path: string, options: Options = {}): Promise<Response> {
  let response = await call(path, options);
  if (response.status === 403) {
    const refused = await problem(response);
    if (refused.code !== 'csrf') throw refused;
    // The cookie is missing or too old. Asking for the session sets a fresh one.
    await call('/session', {});
    response = await call(path, options);
  }
  if (!response.ok && response.status !== 304) throw await problem(response);
  return response;
}

async function json<T>(path: string, options: Options = {}): Promise<T> {
  const response = await request(path, options);
  try {
    return (await response.json()) as T;
  } catch (error) {
    // The connection broke in the middle of the answer, or a hotel's sign-in page came instead of it.
    throw new Silence(String(error));
  }
}

/** Every answer that carries the server's time also says how far this tablet's clock is off. */
async function timed<T extends { server_time: string }>(path: string, options: Options = {}): Promise<T> {
  const sentAt = Date.now();
  const answer = await json<T>(path, options);
  learn(answer.server_time, sentAt, Date.now());
  return answer;
}

export const api = {
  session: (): Promise<Session> => timed<Session>('/session'),

  enrol: (code: string, name: string): Promise<{ device: NonNullable<Session['device']> }> =>
    json('/devices/enrol', { method: 'POST', body: name === '' ? { code } : { code, name } }),

  signIn: (staff: string, pin: string, timeout = TIMEOUT_MS): Promise<{ staff: { id: string; name: string; role: string } }> =>
    json('/session', { method: 'POST', body: { staff, pin }, timeout }),

  signOut: async (): Promise<void> => {
    await request('/session?kind=pin', { method: 'DELETE' });
  },

  /** Null when nothing has changed since `etag`. */
  bootstrap: async (etag: string): Promise<{ etag: string; data: Bootstrap } | null> => {
    const response = await request('/bootstrap', { headers: etag === '' ? {} : { 'If-None-Match': etag } });
    if (response.status === 304) return null;
    return { etag: response.headers.get('ETag') ?? '', data: (await response.json()) as Bootstrap };
  },

  sync: (body: SyncRequest): Promise<SyncAnswer> => timed<SyncAnswer>('/sync', { method: 'POST', body }),

  checkNumber: (number: string, country: string): Promise<NumberAnswer> =>
    json('/numbers/check', { method: 'POST', body: { number, country } }),
};

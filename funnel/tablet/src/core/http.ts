// The one door to the network. An answer within 8 seconds is the only proof of being on line.
export const API = '/api/v1';
export const TIMEOUT_MS = 8_000;
// The server counts half an hour in which nobody did anything: that a page looks again by itself is nobody's doing.
export const UNATTENDED = { 'X-Unattended': '1' };

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
  /** Seconds the server wants to be left alone, from the body or the header; 0 for what cannot be read, such as a date. */
  get retryAfter(): number {
    const seconds = Number(this.body['retry_after_seconds'] ?? 0);
    return Number.isFinite(seconds) ? Math.max(0, seconds) : 0;
  }
}

/** Nobody answered in time: no network, or one that only pretends. */
export class Silence extends Error {
  override readonly name = 'Silence';
}

export type Options = { method?: string; body?: unknown; headers?: Record<string, string>; timeout?: number };

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
    return await fetch(path, init);
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

export async function request(path: string, options: Options = {}): Promise<Response> {
  let response = await call(path, options);
  if (response.status === 403) {
    const refused = await problem(response);
    if (refused.code !== 'csrf') throw refused;
    // The cookie is missing or too old. Asking for the session sets a fresh one.
    await call(`${API}/session`, {});
    response = await call(path, options);
  }
  if (!response.ok && response.status !== 304) throw await problem(response);
  return response;
}

export async function json<T>(path: string, options: Options = {}): Promise<T> {
  const response = await request(path, options);
  try {
    return (await response.json()) as T;
  } catch (error) {
    // The connection broke in the middle of the answer, or a hotel's sign-in page came instead of it.
    throw new Silence(String(error));
  }
}

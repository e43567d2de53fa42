// The one door from these pages to the server.

/** The server said no, in words a program can read. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly retryAfterSeconds: number | null,
  ) {
    super(`${status} ${code}`);
  }
}

/** No answer at all: no network, a server that is away, or one that took too long. */
export class Unreachable extends Error {}

// On a half-broken network the browser calls itself online for ever: only an answer in time counts.
const PATIENCE_MS = 10_000;

function csrfToken(): string {
  return /(?:^|;\s*)(?:__Host-)?sendoff_csrf=([^;]*)/.exec(document.cookie)?.[1] ?? '';
}

async function send(method: string, path: string, body: unknown): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (method !== 'GET') headers['X-CSRFToken'] = csrfToken();
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  const init: RequestInit = { method, headers, signal: AbortSignal.timeout(PATIENCE_MS) };
  if (body !== undefined) init.body = JSON.stringify(body);
  try {
    return await fetch(path, init);
  } catch (error) {
    throw new Unreachable(String(error));
  }
}

async function problemOf(response: Response): Promise<Problem | Unreachable> {
  const parsed: unknown = await response.json().catch(() => null);
  const told = (typeof parsed === 'object' && parsed !== null ? parsed : {}) as Record<string, unknown>;
  const seconds = Number(told['retry_after_seconds'] ?? response.headers.get('Retry-After'));
  const code = typeof told['code'] === 'string' ? told['code'] : '';
  // A proxy whose server is away answers 502 to 504 itself, without our kind of words.
  if (code === '' && response.status >= 502) return new Unreachable(String(response.status));
  return new Problem(response.status, code, Number.isFinite(seconds) && seconds > 0 ? seconds : null);
}

export async function request<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<T> {
  let response = await send(method, path, body);
  let problem = response.ok ? null : await problemOf(response);
  if (problem instanceof Problem && problem.code === 'csrf') {
    // The token of an old page or of before a sign-in: reading the session sets a new one.
    await send('GET', '/api/v1/session', undefined);
    response = await send(method, path, body);
    problem = response.ok ? null : await problemOf(response);
  }
  if (problem !== null) throw problem;
  return (response.status === 204 ? undefined : await response.json()) as T;
}

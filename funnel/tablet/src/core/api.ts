// What a tablet says to the server, and nothing else.
import { learn } from './clock';
import { API, json, request, TIMEOUT_MS, type Options } from './http';
import type { Bootstrap, MessageData, NumberAnswer, Session, SyncAnswer, SyncRequest } from './wire';

export { Problem, Silence } from './http';

/** Every answer that carries the server's time also says how far this tablet's clock is off. */
async function timed<T extends { server_time: string }>(path: string, options: Options = {}): Promise<T> {
  const sentAt = Date.now();
  const answer = await json<T>(API + path, options);
  learn(answer.server_time, sentAt, Date.now());
  return answer;
}

export const api = {
  session: (): Promise<Session> => timed<Session>('/session'),

  enrol: (code: string, name: string): Promise<{ device: NonNullable<Session['device']> }> =>
    json(`${API}/devices/enrol`, { method: 'POST', body: name === '' ? { code } : { code, name } }),

  signIn: (staff: string, pin: string, timeout = TIMEOUT_MS): Promise<{ staff: { id: string; name: string; role: string } }> =>
    json(`${API}/session`, { method: 'POST', body: { staff, pin }, timeout }),

  signOut: async (): Promise<void> => {
    await request(`${API}/session?kind=pin`, { method: 'DELETE' });
  },

  /** Null when nothing has changed since `etag`. */
  bootstrap: async (etag: string): Promise<{ etag: string; data: Bootstrap } | null> => {
    const response = await request(`${API}/bootstrap`, { headers: etag === '' ? {} : { 'If-None-Match': etag } });
    if (response.status === 304) return null;
    return { etag: response.headers.get('ETag') ?? '', data: (await response.json()) as Bootstrap };
  },

  sync: (body: SyncRequest): Promise<SyncAnswer> => timed<SyncAnswer>('/sync', { method: 'POST', body }),

  previewText: (message: string, words: string): Promise<{ body: string; segments: number; most_segments: number }> =>
    json(`${API}/messages/${message}/preview`, { method: 'POST', body: { words } }),

  editText: (message: string, words: string, version: number): Promise<MessageData> =>
    json(`${API}/messages/${message}`, { method: 'PATCH', body: { words, version } }),

  checkNumber: (number: string, country: string): Promise<NumberAnswer> =>
    json(`${API}/numbers/check`, { method: 'POST', body: { number, country } }),
};

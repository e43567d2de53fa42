// The offline PIN: a staff switch, not a vault. It lets people work for some hours when there is no network.
const ITERATIONS = 600_000;
const FREE_TRIES = 5;
const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 30 * 60_000;

export type Verifier = { salt: Uint8Array<ArrayBuffer>; hash: string; iterations: number; until: number };
export type Tries = { count: number; until: number };
export const NO_TRIES: Tries = { count: 0, until: 0 };

async function derive(pin: string, salt: Uint8Array<ArrayBuffer>, iterations: number): Promise<string> {
  const key = await crypto.subtle.importKey('raw', new TextEncoder().encode(pin), 'PBKDF2', false, ['deriveBits']);
  const bits = await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt, iterations }, key, 256);
  return Array.from(new Uint8Array(bits), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export async function makeVerifier(pin: string, hours: number): Promise<Verifier> {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const until = Date.now() + hours * 3_600_000;
  return { salt, hash: await derive(pin, salt, ITERATIONS), iterations: ITERATIONS, until };
}

export async function matches(pin: string, verifier: Verifier): Promise<boolean> {
  return (await derive(pin, verifier.salt, verifier.iterations)) === verifier.hash;
}

/** Five tries are free; then every further one doubles the wait, up to half an hour. */
export function afterWrong(tries: Tries, at: number): Tries {
  const count = tries.count + 1;
  if (count < FREE_TRIES) return { count, until: 0 };
  return { count, until: at + Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (count - FREE_TRIES)) };
}

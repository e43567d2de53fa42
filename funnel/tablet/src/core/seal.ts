// What may not lie readable on the tablet. The key cannot be taken out of the browser; this stops a copied disk, not
// somebody who can run the app.
import { getMeta, setMeta } from './db';

export type Sealed = { iv: Uint8Array<ArrayBuffer>; data: ArrayBuffer };
/** What may not be written as it is: sealed, or only in memory as long as the disk gives no key. */
export type Secret = Sealed | { held: unknown };

let known: Promise<CryptoKey> | null = null;

async function loadKey(): Promise<CryptoKey> {
  const stored = await getMeta<CryptoKey>('key');
  if (stored !== undefined) return stored;
  const made = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  await setMeta('key', made);
  // Another tab may have made one at the same moment: what is stored is the one that counts.
  return (await getMeta<CryptoKey>('key')) ?? made;
}

/** The key that is on the disk. While it cannot be read or kept this fails, and the next one who asks tries again. */
function key(): Promise<CryptoKey> {
  known ??= loadKey().catch((error: unknown) => {
    known = null;
    throw error;
  });
  return known;
}

/** Loaded at the start, because a disk that fails later must not stand between a customer's number and the server. */
export async function warmKey(): Promise<void> {
  await key().catch(() => undefined);
}

/** Only with a key that is on the disk: with any other, nobody could read it after a reload. */
export async function seal(value: unknown): Promise<Sealed> {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const plain = new TextEncoder().encode(JSON.stringify(value));
  return { iv, data: await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, await key(), plain) };
}

/** Sealed, or held in memory until there is a key. */
export const hide = (value: unknown): Promise<Secret> => seal(value).catch(() => ({ held: value }));

/** As it may be written; fails while there is no key. */
export const sealed = async (secret: Secret): Promise<Sealed> => ('held' in secret ? seal(secret.held) : secret);

/** Null for what was sealed with a key that is gone. Fails while the key cannot be read: it may be there a moment later. */
export async function open<T>(secret: Secret): Promise<T | null> {
  if ('held' in secret) return secret.held as T;
  const own = await key();
  try {
    const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: secret.iv }, own, secret.data);
    return JSON.parse(new TextDecoder().decode(plain)) as T;
  } catch {
    return null;
  }
}

// What may not lie readable on the tablet. The key cannot be taken out of the browser; this stops a copied disk, not
// somebody who can run the app.
import { getMeta, setMeta } from './db';

export type Sealed = { iv: Uint8Array<ArrayBuffer>; data: ArrayBuffer };

let known: Promise<CryptoKey> | null = null;

async function loadKey(): Promise<CryptoKey> {
  const stored = await getMeta<CryptoKey>('key');
  if (stored !== undefined) return stored;
  const made = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  await setMeta('key', made);
  // Another tab may have made one at the same moment: what is stored is the one that counts.
  return (await getMeta<CryptoKey>('key')) ?? made;
}

function key(): Promise<CryptoKey> {
  known ??= loadKey();
  return known;
}

/** Loaded at the start, because a disk that fails later must not stand between a customer's number and the server. */
export async function warmKey(): Promise<void> {
  await key().catch(() => {
    known = crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  });
}

export async function seal(value: unknown): Promise<Sealed> {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const plain = new TextEncoder().encode(JSON.stringify(value));
  return { iv, data: await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, await key(), plain) };
}

export async function open<T>(sealed: Sealed): Promise<T> {
  const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: sealed.iv }, await key(), sealed.data);
  return JSON.parse(new TextDecoder().decode(plain)) as T;
}

// Honest rates: k of n, and how sure one may be of them. The manager's page and "My day" go by the same rules.

export type Share = { k: number; n: number; low?: number | null; high?: number | null };

/** Below this a rate says nothing: only "k of n" is printed. */
export const TOO_FEW = 5;
/** Below this a rate is printed in grey, with its interval. */
const FEW = 20;

export type Certainty = 'none' | 'count' | 'few' | 'enough';

export function certainty(share: Share): Certainty {
  if (share.n === 0) return 'none';
  if (share.n < TOO_FEW) return 'count';
  return share.n < FEW ? 'few' : 'enough';
}

const Z = 1.959964;

/** k of n with its 95 % Wilson interval, the same that the server gives (funnel/intervals.py). */
export function share(k: number, n: number): Share {
  if (n < TOO_FEW) return { k, n };
  const p = k / n;
  const shrink = 1 + Z ** 2 / n;
  const centre = (p + Z ** 2 / (2 * n)) / shrink;
  const half = (Z * Math.sqrt((p * (1 - p)) / n + Z ** 2 / (4 * n ** 2))) / shrink;
  return { k, n, low: k === 0 ? 0 : centre - half, high: k === n ? 1 : centre + half };
}

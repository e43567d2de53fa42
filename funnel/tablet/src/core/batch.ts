// How fast and how much the tablet sends. Pure, so that every rule can be tested without a network.

export const FULL_BATCH = 100;
const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 60_000;
const TRIES_BEFORE_HALVING = 3;

/** 1 s doubling to 60 s, 25 % more or less, so that a shop's tablets do not all come back in the same second. */
export function backoff(failures: number, random: number): number {
  const delay = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.max(0, failures - 1));
  return Math.round(delay * (0.75 + 0.5 * random));
}

export type Pace = {
  /** How many entries go into the next batch. */
  readonly limit: number;
  /** Answers in a row that were no use, whatever their kind. */
  readonly failures: number;
  /** Refusals in a row since the last good answer; counted anew for a single entry. */
  readonly refusals: number;
  /** One single entry was refused three times: if an empty poll gets through, the entry itself is the trouble. */
  readonly suspect: boolean;
};

export const FRESH: Pace = { limit: FULL_BATCH, failures: 0, refusals: 0, suspect: false };

/** After a good answer the batch grows again; a shop that had one bad row is soon back at full speed. */
export function afterSuccess(pace: Pace): Pace {
  return { ...FRESH, limit: Math.min(FULL_BATCH, pace.limit * 2) };
}

/** No answer at all says nothing about what was sent, so the batch keeps its size. */
export function afterSilence(pace: Pace): Pace {
  return { ...pace, failures: pace.failures + 1 };
}

/**
 * A whole batch refused three times is halved, and halved again by each further refusal, down to one entry. That one is
 * tried three times more, so that a server which was only restarting is not taken for a bad entry.
 */
export function afterRefusal(pace: Pace, size: number, tooLarge: boolean): Pace {
  const refusals = pace.refusals + 1;
  const failures = pace.failures + 1;
  if (size === 0 || (!tooLarge && refusals < TRIES_BEFORE_HALVING)) return { ...pace, failures, refusals };
  if (size === 1) return { limit: 1, failures, refusals, suspect: true };
  const limit = Math.max(1, Math.floor(size / 2));
  return { limit, failures: 1, refusals: limit === 1 ? 0 : refusals, suspect: false };
}

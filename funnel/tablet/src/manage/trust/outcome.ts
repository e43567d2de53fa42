// What a day that was held against the provider's record is called.
import type { components } from '../../generated/api';

export type Comparison = components['schemas']['ComparisonOut'];
export type Outcome = 'unlike' | 'unfinished' | 'lookedInto' | 'alike' | 'otherDay';

/** A day with a difference is never called alike, not even when somebody has looked into it. */
export function outcomeOf(day: Pick<Comparison, 'finished_at' | 'ours' | 'theirs' | 'to_look_into' | 'looked_into'>): Outcome {
  if (day.to_look_into > 0) return 'unlike';
  if (day.finished_at === null) return 'unfinished';
  if (day.looked_into > 0) return 'lookedInto';
  return day.theirs === null || day.theirs === day.ours ? 'alike' : 'otherDay';
}

import { mmss, now } from '../core/clock';

/** The only part of a screen that is painted each second. Not announced: a voice that counts is of no help. */
export function Timer({ from, limit = 0, label }: { from: string; limit?: number; label: string }) {
  const past = now.value - Date.parse(from);
  const late = limit > 0 && past > limit * 1_000;
  return (
    <span class={late ? 'timer late' : 'timer'} role="timer" aria-label={label}>
      {mmss(past)}
    </span>
  );
}

// The small parts that every figure of this page is made of.
import { certainty } from '../core/rates';
import { count, interval, percent } from './format';
import { language, words } from './i18n';
import type { Share } from './types';

/** A rate with all that makes it honest: k of n always, an interval when there is one, no percentage below 5. */
export function Rate({ share, big = false }: { share: Share; big?: boolean }) {
  const w = words();
  const lang = language.value;
  const sure = certainty(share);
  if (sure === 'none') return <span class={big ? 'figure muted' : 'muted'}>–</span>;
  const counted = w.ofAll(count(lang, share.k), count(lang, share.n));
  if (sure === 'count') return <span class={big ? 'figure num' : 'num'}>{counted}</span>;
  const range = interval(lang, share);
  return (
    <span class={`m-rate${big ? ' m-big' : ''}${sure === 'few' ? ' m-few' : ''}`}>
      <span class={big ? 'figure' : 'm-percent num'}>{percent(lang, share.k / share.n)}</span>{' '}
      <span class="num m-counted">
        {counted}
        {range !== null && <> · {w.likely(range)}</>}
      </span>
    </span>
  );
}

/** A bar from a common left edge. It only repeats the number beside it, so it is silent for screen readers. */
export function Bar({ part, whole, tone = '' }: { part: number; whole: number; tone?: string }) {
  const width = whole === 0 ? 0 : (100 * part) / whole;
  return (
    <span class={`m-bar ${tone}`} aria-hidden="true">
      <span style={{ width: `${width}%` }} />
    </span>
  );
}

/** The rate as a dot on the line it likely lies on; `scale` is the right edge. */
export function IntervalLine({ share, scale }: { share: Share; scale: number }) {
  const sure = certainty(share);
  if (sure === 'none' || sure === 'count' || share.low == null || share.high == null) {
    return <span class="m-line" aria-hidden="true" />;
  }
  const at = (fraction: number): string => `${(100 * fraction) / scale}%`;
  return (
    <span class={`m-line${sure === 'few' ? ' m-few' : ''}`} aria-hidden="true">
      <span class="m-range" style={{ left: at(share.low), width: at(share.high - share.low) }} />
      <span class="m-dot" style={{ left: at(share.k / share.n) }} />
    </span>
  );
}

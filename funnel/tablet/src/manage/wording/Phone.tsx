// The text on a phone, for the customer who is usual and for those who are not, and what each of them costs.
import { computed, signal } from '@preact/signals';
import { messaging } from '../../generated/contract';
import { count } from '../format';
import { language } from '../i18n';
import { manager } from '../store';
import { askAgain, blind, htmlLanguage, key, shown, template, text, type Sample } from './state';
import { words } from './words';

const chosen = signal<Sample['kind']>('usual');
/** Of the words before the last pause; while a fault stands there are none. */
const samples = computed<readonly Sample[]>(() => (shown.value?.key === key.value ? shown.value.preview.samples : []));
const isFresh = computed(() => shown.value?.key === key.value && shown.value.body === text.value);

export function Phone() {
  const w = words();
  const sample = samples.value.find((each) => each.kind === chosen.value) ?? samples.value[0];
  return (
    <aside class="w-side" aria-label={w.preview}>
      <h2 class="label">{w.preview}</h2>
      <div class="w-handset">
        <div class="w-glass">
          <div class="w-sender"><strong>{manager.value?.organization.brand}</strong></div>
          <div class="w-thread">
            {sample === undefined
              ? <p class="muted w-nothing">{w.noPreview}</p>
              : <Bubble sample={sample} />}
          </div>
        </div>
      </div>
      {blind.value && (
        <div class="note warn row" role="status" data-testid="wording-blind">
          <span class="grow">{w.blind}</span>
          <button type="button" class="btn" onClick={askAgain}>{w.tryAgain}</button>
        </div>
      )}
      {samples.value.length > 0 && <Costs />}
    </aside>
  );
}

function Bubble({ sample }: { sample: Sample }) {
  return (
    <p class="w-bubble" aria-busy={!isFresh.value} lang={htmlLanguage(template.value?.language ?? 'en')} data-testid="wording-bubble">
      {sample.body}
    </p>
  );
}

const TONES: Record<messaging.PriceClass, string> = { single: 'good', double: 'info', triple: 'warn', too_long: 'bad' };

function Costs() {
  const w = words();
  const lang = language.value;
  return (
    <ul class="w-costs" aria-label={w.cost}>
      {samples.value.map((sample) => (
        <li key={sample.kind}>
          <button type="button" class="w-cost" aria-pressed={sample.kind === chosen.value} data-testid={`sample-${sample.kind}`}
            onClick={() => { chosen.value = sample.kind; }}>
            <span class="w-cost-head">
              <strong>{w.kinds[sample.kind]}</strong>
              <span class={`pill plain ${TONES[sample.price_class]}`} data-testid={`price-${sample.kind}`}>
                {messaging.PRICE_CLASSES[sample.price_class][lang]}
              </span>
            </span>
            <span class="meta num">
              {w.units(count(lang, sample.units))}
              {sample.price_class !== 'too_long' && ` · ${w.left(count(lang, sample.left))}`}
            </span>
            {sample.kind === chosen.value && <span class="meta">{w.encodings[sample.encoding]}</span>}
          </button>
        </li>
      ))}
    </ul>
  );
}

import { useSignal, type Signal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { Chips } from '../components/Chips';
import { isSecondTap, Sheet } from '../components/Sheet';
import { businessDate, daysAfter, serverNow } from '../core/clock';
import { closeSheet, openSheet, type Kind } from '../core/sheet';
import type { VisitView } from '../core/fold';
import { config, playbookOf, zone } from '../core/state';
import { minorDigits, recordOutcome, shopCurrency, toMinor, type Outcome } from '../core/verbs';
import { dayName, lang, t, title } from '../i18n';
import * as ids from '../testids';

// The likeliest last, where the thumb is.
const KINDS: readonly Kind[] = ['left_early', 'coming_back', 'not_today', 'bought'];

const finish = (view: VisitView, outcome: Outcome): void => {
  closeSheet();
  void recordOutcome(view, outcome);
};

/** Chinese has a name for each, and English writes the code of most. */
const called = (currency: string): string =>
  (lang.value === 'zh' && new Intl.DisplayNames('zh-Hans', { type: 'currency' }).of(currency)) || currency;

const once = (act: () => void) => (event: MouseEvent): void => {
  if (isSecondTap(event)) event.preventDefault();
  else act();
};

function Bought({ view }: { view: VisitView }) {
  const amount = useSignal('');
  const category = useSignal('');
  const deposit = useSignal(false);
  const wrong = useSignal(false);
  const field = useRef<HTMLInputElement>(null);
  // Most who bought have an amount: it may be typed at once.
  useLayoutEffect(() => field.current?.focus(), []);
  const currency = shopCurrency();
  const example = (1_234).toFixed(minorDigits(currency));
  const submit = (event: Event): void => {
    event.preventDefault();
    const minor = amount.value.trim() === '' ? undefined : toMinor(amount.value, currency);
    if (amount.value.trim() !== '' && minor === undefined) {
      wrong.value = true;
      return;
    }
    finish(view, {
      result: 'bought',
      ...(minor === undefined ? {} : { amount_minor: minor, currency }),
      ...(category.value === '' ? {} : { category: category.value }),
      ...(deposit.value ? { deposit: true } : {}),
    });
  };
  const categories = playbookOf(view)?.categories ?? [];
  return (
    <form class="stack" onSubmit={submit}>
      <div class="field">
        <label for="amount">{t('outcome_amount', { currency: called(currency) })}</label>
        <input
          ref={field}
          id="amount"
          class="input amount"
          inputMode="decimal"
          autocomplete="off"
          data-testid={ids.amount}
          aria-invalid={wrong.value}
          aria-describedby="amount-error"
          value={amount.value}
          onInput={(event) => {
            wrong.value = false;
            amount.value = event.currentTarget.value;
          }}
        />
        <p id="amount-error" class="error" role="alert">
          {wrong.value ? t('outcome_amount_wrong', { example }) : ''}
        </p>
      </div>
      {categories.length === 0 ? null : (
        <Chips
          label={t('outcome_category')}
          values={categories}
          chosen={[category.value]}
          testid={ids.category}
          onPick={(code) => (category.value = category.value === code ? '' : code)}
        />
      )}
      <div class="sheet-actions">
        <button
          type="button"
          class="btn chip"
          aria-pressed={deposit.value}
          data-testid={ids.deposit}
          onClick={() => (deposit.value = !deposit.value)}
        >
          {t('outcome_deposit')}
        </button>
        <span class="grow" />
        <button class="btn primary big main-action" data-testid={ids.outcomeDone} onClick={once(() => {})}>
          {t('done')}
        </button>
      </div>
    </form>
  );
}

/** The reason is the answer: one tap and it is recorded. */
function NotToday({ view }: { view: VisitView }) {
  const reasons = (config.value?.reasons ?? []).filter((reason) => !reason.asks_date);
  return (
    <div class="stack">
      <h3>{t('outcome_why')}</h3>
      <div class="grid-3 four">
        {reasons.map(({ code, title: titled }) => (
          <button
            key={code}
            type="button"
            class="btn big"
            data-testid={ids.reason(code)}
            onClick={once(() => finish(view, { result: 'not_bought', reason: code }))}
          >
            {title(titled)}
          </button>
        ))}
      </div>
    </div>
  );
}

/** The date where the shop is, as a date input writes it. */
const today = (): string => businessDate(serverNow(), zone(), 0);

function quickDays() {
  const date = today();
  const untilSaturday = 6 - new Date(date).getUTCDay() || 7;
  const ahead = { tomorrow: 1, saturday: untilSaturday, week: 7, month: 30 };
  return (Object.keys(ahead) as (keyof typeof ahead)[]).map((which) => ({ which, day: daysAfter(date, ahead[which]) }));
}

function ComingBack({ view }: { view: VisitView }) {
  const other = useSignal('');
  const reason = config.value?.reasons.find((candidate) => candidate.asks_date)?.code ?? 'will_return';
  const end = (day: string): void =>
    finish(view, { result: 'not_bought', reason, ...(day === '' ? {} : { back_on: day }) });
  return (
    <div class="stack">
      <h3>{t('outcome_when')}</h3>
      <div class="grid-3 four">
        {quickDays().map(({ which, day }) => (
          <button key={which} type="button" class="btn big two-line" data-testid={ids.dateQuick(which)} onClick={once(() => end(day))}>
            <span>{t(`outcome_${which}`)}</span>
            <span class="meta">{dayName(day)}</span>
          </button>
        ))}
      </div>
      <div class="sheet-actions">
        <button type="button" class="btn big" data-testid={ids.dateQuick('none')} onClick={once(() => end(''))}>
          {t('outcome_no_date')}
        </button>
        <div class="field">
          <label for="back-on">{t('outcome_date')}</label>
          <input
            id="back-on"
            class="input"
            type="date"
            min={today()}
            max="9999-12-31"
            data-testid={ids.date}
            value={other.value}
            onInput={(event) => (other.value = event.currentTarget.value)}
          />
        </div>
        <span class="grow" />
        {other.value < today() ? null : (
          <button type="button" class="btn primary big main-action" data-testid={ids.outcomeDone} onClick={() => end(other.value)}>
            {t('done')}
          </button>
        )}
      </div>
    </div>
  );
}

function Step({ kind, view }: { kind: Signal<Kind | null>; view: VisitView }) {
  switch (kind.value) {
    case 'bought':
      return <Bought view={view} />;
    case 'not_today':
      return <NotToday view={view} />;
    case 'coming_back':
      return <ComingBack view={view} />;
    default:
      return null;
  }
}

/** They turned round at the door, or called: the visit was left already, and the text says thanks instead. */
export function BoughtSheet({ view }: { view: VisitView }) {
  return (
    <Sheet title={t('follow_bought')}>
      <p class="muted">{t('follow_bought_hint')}</p>
      <Bought view={view} />
    </Sheet>
  );
}

/** What to do with a kind: nothing more is asked about one who left early. */
const ending = (view: VisitView, ask: (kind: Kind) => void) => (kind: Kind): void =>
  kind === 'left_early' ? finish(view, { result: kind }) : ask(kind);

/** The button that led here is gone; whoever works by keyboard or hears the screen goes on where it was. */
const goesOnHere = (bar: HTMLElement | null): void => {
  if (document.activeElement === document.body) bar?.focus();
};

/** At the last stage it ends with one of these, in the bar. */
export function Ends({ view }: { view: VisitView }) {
  const end = ending(view, (began) => openSheet({ kind: 'outcome', visit: view.id, began }));
  return (
    <div class="ends" role="group" aria-label={t('outcome_title')} tabIndex={-1} ref={goesOnHere}>
      {KINDS.map((kind) => (
        <button key={kind} type="button" class="btn big" data-testid={ids.end(kind)} onClick={once(() => end(kind))}>
          {t(`outcome_${kind}`)}
        </button>
      ))}
    </div>
  );
}

export function OutcomeSheet({ view, began }: { view: VisitView; began: Kind | null }) {
  const kind = useSignal(began);
  const pick = ending(view, (next) => (kind.value = next));
  return (
    <Sheet title={t('outcome_title')}>
      <div class="kinds">
        {KINDS.map((next) => (
          <button
            key={next}
            type="button"
            class="btn kind"
            aria-pressed={kind.value === next}
            data-testid={ids.outcome(next)}
            onClick={once(() => pick(next))}
          >
            <strong>{t(`outcome_${next}`)}</strong>
            <span class="meta">{t(`outcome_${next}_hint`)}</span>
          </button>
        ))}
      </div>
      <Step kind={kind} view={view} />
    </Sheet>
  );
}

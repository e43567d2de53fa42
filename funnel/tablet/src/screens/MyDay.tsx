import { Empty, Screen } from '../components/Screen';
import { exportUnsent } from '../core/unsent';
import { closeRate, mine, myFunnel, textsWaiting } from '../core/mine';
import { certainty } from '../core/rates';
import { openSheet } from '../core/sheet';
import { followUps, outbox, parked, quarantined, unsaved, zone } from '../core/state';
import { unpark } from '../core/sync';
import { personOf } from '../core/verbs';
import type { OutboxRow } from '../core/db';
import { clockTime, quarantineReason, t, tCode, title, tn } from '../i18n';
import * as ids from '../testids';
import { guest } from '../components/VisitTabs';

const SHOWN = 8;

type Tile = { which: string; label: string; value: string; beside?: string; unsure?: boolean };

function Figure({ which, label, value, beside = '', unsure = false }: Tile) {
  return (
    <div class="card tile" data-testid={ids.dayFigure(which)}>
      <p class="label">{label}</p>
      <p class={unsure ? 'figure unsure' : 'figure'}>{value}</p>
      <p class="meta">{beside}</p>
    </div>
  );
}

const percent = (fraction: number): number => Math.round(100 * fraction);

/** A rate of few visits says nothing, so it is not said; one of some more is said in grey and with its interval. */
function CloseRate() {
  const rate = closeRate.value;
  const { k, n, low, high } = rate;
  const tile = { which: 'close', label: t('day_close') };
  const counted = t('day_close_of', { k, n });
  switch (certainty(rate)) {
    case 'none':
      return <Figure {...tile} value="–" />;
    case 'count':
      return <Figure {...tile} value={t('day_close_count', { k, n })} beside={t('day_close_few')} />;
    default: {
      const likely = t('day_close_likely', { low: percent(low ?? 0), high: percent(high ?? 1) });
      return <Figure {...tile} value={`${percent(k / n)}%`} beside={`${counted} · ${likely}`} unsure={certainty(rate) === 'few'} />;
    }
  }
}

function Figures() {
  const bought = mine.value.filter((view) => view.status === 'bought').length;
  return (
    <div class="tiles">
      <Figure which="visits" label={t('day_visits')} value={String(mine.value.length)} />
      <Figure which="bought" label={t('day_bought')} value={String(bought)} />
      <CloseRate />
      <Figure which="texts" label={t('day_texts')} value={String(textsWaiting.value)} />
    </div>
  );
}

/** A table whose bars are drawn in it: what is seen and what is read aloud are the same. */
function Funnel() {
  const { n, steps } = myFunnel.value;
  if (n === 0) return <Empty title={t('day_empty_title')}>{t('day_empty')}</Empty>;
  return (
    <section class="card">
      <h2>{t('day_funnel')}</h2>
      <table class="bars">
        <caption class="meta">{tn('day_funnel_caption', n)}</caption>
        <thead class="sr-only">
          <tr>
            <th scope="col">{t('day_stage')}</th>
            <th scope="col">{t('day_count')}</th>
          </tr>
        </thead>
        <tbody>
          {steps.map((step) => (
            <tr key={step.stage.key}>
              <th scope="row">{title(step.stage.title)}</th>
              <td>
                <div class="bar-line">
                  <svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
                    <rect width={(100 * step.n) / n} height="10" rx="1.5" />
                  </svg>
                  <span class="num">{step.n}</span>
                </div>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function EventLine({ row, children }: { row: OutboxRow; children?: preact.ComponentChildren }) {
  return (
    <li class="line-item">
      <span class="num meta">{clockTime(row.event.at, zone())}</span>
      <span class="grow">{tCode(row.event.type.replace('.', '_'), 'event_')}</span>
      {children}
    </li>
  );
}

function Unsent() {
  const rows = [...outbox.value, ...unsaved.value].filter((row) => row.parked === undefined);
  return (
    <section class="card stack-small" data-testid={ids.unsent} data-count={rows.length}>
      <h2>{t('day_unsent')}</h2>
      {rows.length === 0 ? <p class="muted">{t('day_unsent_none')}</p> : null}
      <ul>
        {rows.slice(0, SHOWN).map((row) => (
          <EventLine key={row.id} row={row} />
        ))}
      </ul>
      {rows.length > SHOWN ? <p class="meta">{t('day_unsent_more', { n: rows.length - SHOWN })}</p> : null}
      {rows.length > 0 ? (
        <button type="button" class="btn" onClick={() => exportUnsent(rows)}>
          {t('day_export')}
        </button>
      ) : null}
    </section>
  );
}

function NeedsLook() {
  const wrong = followUps.value.filter((view) => personOf(view)?.code);
  const none = quarantined.value.length + parked.value.length === 0;
  return (
    <section class="card stack-small" data-testid={ids.needsLook}>
      <h2>{t('day_look')}</h2>
      {none ? <p class="muted">{t('day_look_none')}</p> : null}
      <ul>
        {quarantined.value.map((fact) => (
          <li class="line-item" key={fact.id}>
            <span class="grow">
              {tCode(fact.type.replace('.', '_'), 'event_') || fact.type}: {quarantineReason(fact.code)}
              <span class="meta block">{t('day_look_server')}</span>
            </span>
          </li>
        ))}
        {parked.value.map((row) => (
          <EventLine key={row.id} row={row}>
            <span class="meta">{t('day_look_here')}</span>
            <button type="button" class="btn" data-testid={ids.again} onClick={() => void unpark([row])}>
              {t('day_again')}
            </button>
          </EventLine>
        ))}
      </ul>
      {wrong.length === 0 ? null : <h3>{t('day_customers')}</h3>}
      {wrong.map((view) => (
        <button key={view.id} type="button" class="btn" onClick={() => openSheet({ kind: 'correct', visit: view.id })}>
          {guest(view)}
        </button>
      ))}
    </section>
  );
}

export function MyDay() {
  return (
    <Screen class="day">
      <h1>{t('day_title')}</h1>
      <Figures />
      <div class="two even">
        <Funnel />
        <div class="stack">
          <Unsent />
          <NeedsLook />
        </div>
      </div>
      <p class="sr-only">{tn('day_visits_count', mine.value.length)}</p>
    </Screen>
  );
}

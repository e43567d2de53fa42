// The proof as a page: every planned text with its fate, what nobody can know, and the provider's own record beside ours.
import './trust.css';
import type { ComponentChildren } from 'preact';
import { messaging } from '../../generated/contract';
import { Alerts } from '../Alerts';
import { Behind, Open } from '../Behind';
import { useFresh } from '../fresh';
import { Header } from '../Header';
import { clockTime, count, longDay, recentDay } from '../format';
import { language } from '../i18n';
import { reasonName } from '../Texts';
import { Doubts } from './Doubts';
import { outcomeOf, type Comparison } from './outcome';
import { close, load, proof, trouble, type Fate, type FaultRun, type Incident, type Proof } from './state';
import { words } from './words';

const REFRESH_MS = 5_000;
/** None of these may ever be anything but nought. */
const NEVER: readonly Fate[] = ['sent_twice', 'lost'];
const ORDER: readonly Fate[] = ['sent_once', 'sent_twice', 'lost', 'in_doubt', 'waiting', 'not_sent'];

const n = (value: number): string => count(language.value, value);

export function TrustPage() {
  const w = words();
  useFresh(load, REFRESH_MS);
  const shown = proof.value;
  return (
    <div class="m-page">
      <Header />
      <main class="m-main t-main" aria-busy={shown === null && trouble.value === null}>
        <div>
          <h1>{w.title}</h1>
          <p class="muted">{w.lead}</p>
        </div>
        <Alerts />
        {trouble.value !== null && (
          <div class="note warn row" role="status">
            <span class="grow">{w.cannotLoad[trouble.value]}</span>
            <button type="button" class="btn" onClick={() => void load()}>{w.tryAgain}</button>
          </div>
        )}
        {shown === null && trouble.value === null && <p class="muted">{w.loading}</p>}
        {shown !== null && (
          <>
            <Fates proof={shown} />
            {shown.doubtful.length > 0 && <Doubts texts={shown.doubtful} />}
            <div class="t-pair">
              <div class="t-column">
                <Incidents incidents={shown.incidents} />
                <Days proof={shown} />
              </div>
              <div class="t-column">
                <Reasons proof={shown} />
                {shown.fault_run !== null && <Faults run={shown.fault_run} />}
              </div>
            </div>
          </>
        )}
      </main>
      <Behind />
    </div>
  );
}

function Card({ title, testId, children }: { title: string; testId: string; children: ComponentChildren }) {
  return (
    <section class="card t-card" data-testid={testId}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function Fates({ proof }: { proof: Proof }) {
  const w = words();
  const { planned, fates } = proof.texts;
  const broken = NEVER.some((fate) => (fates[fate] ?? 0) > 0);
  const verdict = planned === 0 ? w.none : broken ? w.broken : w.kept;
  return (
    <section class="card t-card" data-testid="fates">
      <p class={`t-verdict${broken ? ' broken' : ''}`} role="status">{verdict}</p>
      <dl class="t-fates">
        <div class="t-planned" data-testid="fate-planned">
          <dt>{w.planned}</dt>
          <dd class="figure num"><Open title={w.planned} of="planned" n={planned} query={{}} /></dd>
        </div>
        {ORDER.map((fate) => (
          <div key={fate} data-testid={`fate-${fate}`} class={NEVER.includes(fate) && (fates[fate] ?? 0) > 0 ? 'broken' : ''}>
            <dt>{w.fates[fate]}</dt>
            <dd class="figure num"><Open title={w.fates[fate]} of="planned" n={fates[fate] ?? 0} query={{ fate }} /></dd>
          </div>
        ))}
      </dl>
      <p class="meta">
        {planned > 0 && w.sum(n(planned))} {w.asOf(clockTime(language.value, proof.checked_through, null))}
      </p>
    </section>
  );
}

function Reasons({ proof }: { proof: Proof }) {
  const w = words();
  const reasons = Object.entries(proof.texts.reasons);
  if (reasons.length === 0) return null;
  return (
    <Card title={w.whyNot} testId="proof-reasons">
      <table class="m-table m-lines">
        <thead class="sr-only">
          <tr><th scope="col">{w.reason}</th><th scope="col">{w.texts}</th></tr>
        </thead>
        <tbody>
          {reasons.map(([reason, texts]) => (
            <tr key={reason}>
              <th scope="row">{reasonName(reason)}</th>
              <td class="m-end num"><strong><Open title={reasonName(reason)} of="planned" n={texts} query={{ reason }} /></strong></td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}

function Incidents({ incidents }: { incidents: readonly Incident[] }) {
  const w = words();
  return (
    <Card title={w.incidents} testId="incidents">
      {incidents.length === 0 ? <p class="muted">{w.noIncidents}</p> : <ul class="t-list">
        {incidents.map((incident) => (
          <li key={incident.id} class="row" data-testid="incident">
            <div class="grow">
              <p>{messaging.INCIDENTS[incident.kind][language.value]}</p>
              <p class="meta">
                {longDay(language.value, incident.day)}
                {incident.last4 !== '' && ` · ${w.to('', incident.last4)}`} · <span class="t-sid">{incident.sid}</span>
                {incident.other_sid !== '' && <> · <span class="t-sid">{incident.other_sid}</span></>}
              </p>
            </div>
            {incident.closed_at === null ? (
              <button type="button" class="btn" data-testid="close-incident" onClick={() => void close(incident)}>{w.close}</button>
            ) : (
              <span class="meta">{w.closed(longDay(language.value, incident.closed_at.slice(0, 10)))}</span>
            )}
          </li>
        ))}
      </ul>}
    </Card>
  );
}

function Days({ proof: { comparisons, without_a_list } }: { proof: Proof }) {
  const w = words();
  const outcome = (row: Comparison): string => {
    const called = outcomeOf(row);
    if (called === 'unlike') return w.unlike(n(row.to_look_into));
    return called === 'lookedInto' ? w.lookedInto(n(row.looked_into)) : w[called];
  };
  const isShared = comparisons.some((row) => row.theirs === null);
  return (
    <Card title={w.record} testId="comparisons">
      {without_a_list.map((name) => <p key={name} class="muted" data-testid="without-a-list">{w.withoutAList(name)}</p>)}
      {isShared && <p class="muted">{w.shared}</p>}
      {comparisons.length === 0 ? (
        without_a_list.length === 0 && <p class="muted">{w.noRecord}</p>
      ) : (
        <div class="t-scroll" tabIndex={0} role="region" aria-label={w.record}>
          <table class="m-table">
            <thead>
              <tr>
                <th scope="col">{w.day}</th>
                <th scope="col">{w.provider}</th>
                <th scope="col" class="m-end">{w.ours}</th>
                {!isShared && <th scope="col" class="m-end">{w.theirs}</th>}
                <th scope="col">{w.outcome}</th>
              </tr>
            </thead>
            <tbody>
              {comparisons.map((row) => (
                <tr key={`${row.provider}/${row.day}`} data-testid="comparison">
                  <th scope="row" class="t-day">{recentDay(language.value, row.day)}</th>
                  <td>{row.provider}</td>
                  <td class="m-end num">{n(row.ours)}</td>
                  {row.theirs !== null && <td class="m-end num">{n(row.theirs)}</td>}
                  <td>{outcome(row)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}

const FAULT_ROWS = ['texts', 'kills', 'sent', 'in_review', 'twice', 'lost', 'unexplained'] as const;

function Faults({ run }: { run: FaultRun }) {
  const w = words();
  return (
    <Card title={w.faults} testId="fault-run">
      <p class="muted">{w.faultsLead}</p>
      <table class="m-table m-lines">
        <caption class="sr-only">{w.faults}</caption>
        <tbody>
          {FAULT_ROWS.map((row) => (
            <tr key={row}>
              <th scope="row">{w.faultRow[row]}</th>
              <td class="m-end num"><strong>{n(run[row])}</strong></td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="meta">
        {longDay(language.value, run.on)} · {w.replay} <code>make faults SEED={run.seed}</code>
      </p>
    </Card>
  );
}

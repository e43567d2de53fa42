import { Alerts, settled } from './Alerts';
import { Behind, Open } from './Behind';
import { ByDay } from './ByDay';
import { clockTime, longDay, zoneName } from './format';
import { Funnel } from './Funnel';
import { Header } from './Header';
import { language, words } from './i18n';
import { Liking } from './Liking';
import { Reasons } from './Reasons';
import { ask, days, load, loading, manager, shown, store, trouble } from './store';
import { Stores } from './Stores';
import { Texts } from './Texts';
import { Tiles } from './Tiles';
import { ALL_STORES, RANGES, type Overview } from './types';

export function OverviewPage() {
  const answer = settled.value ? shown.value : null;
  return (
    <div class="m-page">
      <Header />
      <main class="m-main" aria-busy={loading.value}>
        <div class="m-toolbar">
          <h1>{words().overview}</h1>
          <div class="row">
            <Range />
            <StoreSwitch />
          </div>
        </div>
        <Alerts />
        {answer !== null && <Stated report={answer.report} />}
        <Trouble />
        {answer === null ? <Waiting /> : answer.report.empty ? <Empty /> : <Figures report={answer.report} />}
      </main>
      <Behind />
    </div>
  );
}

function Range() {
  const w = words();
  return (
    <div class="segments" role="group" aria-label={w.period}>
      {RANGES.map((range) => (
        <button type="button" class="btn" key={range} aria-pressed={days.value === range} data-testid={`range-${range}`}
          onClick={() => ask({ days: range })}>
          {range === -1 ? w.yesterday : range === 1 ? w.today : w.days(range)}
        </button>
      ))}
    </div>
  );
}

function StoreSwitch() {
  const stores = manager.value?.stores ?? [];
  if (stores.length < 2) return null;
  return (
    <select class="input m-select" aria-label={words().store} data-testid="store-switch" value={store.value}
      onChange={(event) => ask({ store: event.currentTarget.value })}>
      <option value={ALL_STORES}>{words().allStores}</option>
      {stores.map((each) => <option key={each.id} value={each.id}>{each.name}</option>)}
    </select>
  );
}

/** Which days these figures are about, whose days those are, and when they were counted. */
function Stated({ report }: { report: Overview }) {
  const w = words();
  const lang = language.value;
  const { from, to } = report.period;
  const zone = report.zone;
  const span = from === to ? longDay(lang, from) : `${longDay(lang, from)} – ${longDay(lang, to)}`;
  return (
    <p class="meta m-stated" data-testid="period">
      <span>{span}</span>
      <span>{zone === null ? w.eachZone : zoneName(lang, zone)}</span>
      <span>{w.by}</span>
      <span class="num">{w.asOf(clockTime(lang, report.generated_at, zone))}</span>
    </p>
  );
}

function Trouble() {
  const w = words();
  const answer = shown.value;
  if (trouble.value === null) return null;
  const offline = trouble.value === 'offline';
  const told = answer !== null && offline ? w.offlineSince(clockTime(language.value, answer.at, answer.report.zone))
    : offline ? w.unreachable : w.somethingWrong;
  return (
    <div class="note warn row m-trouble" role="status" data-testid="trouble">
      <span class="grow">{told}</span>
      <button type="button" class="btn" onClick={() => void load()}>{w.tryAgain}</button>
    </div>
  );
}

function Waiting() {
  return trouble.value === null ? <p class="muted m-waiting">{words().loading}</p> : null;
}

function Empty() {
  const w = words();
  return (
    <section class="card m-empty" data-testid="empty">
      <h2>{w.emptyTitle}</h2>
      <p class="muted">{days.value === 1 ? w.emptyToday : w.emptyPeriod}</p>
      <ol>{w.emptySteps.map((step) => <li key={step}>{step}</li>)}</ol>
      {days.value !== 28 && (
        <button type="button" class="btn" onClick={() => ask({ days: 28 })}>{w.showLonger}</button>
      )}
    </section>
  );
}

/** Sold stays sold, and a manager hears that somebody says otherwise. */
function AskedLost({ n }: { n: number }) {
  const w = words();
  if (n === 0) return null;
  return (
    <p class="note warn m-asked" role="status" data-testid="asked-lost-figure">
      <strong>{w.askedLostTitle}: <Open title={w.askedLostTitle} of="visits" n={n} query={{ of: 'asked_lost' }} /></strong>
      <span class="block">{w.askedLostNote}</span>
    </p>
  );
}

function Figures({ report }: { report: Overview }) {
  return (
    <div class="m-figures">
      <AskedLost n={report.visits.asked_lost} />
      <Tiles report={report} />
      <div class="m-wide">
        {report.funnels.map((funnel) => (
          <Funnel key={funnel.playbook} funnel={funnel} open={report.visits.open} />
        ))}
        {report.by_day.length > 1 && <ByDay report={report} />}
        <Liking report={report} />
      </div>
      <div class="m-narrow">
        <Reasons report={report} />
        <Texts report={report} />
      </div>
      {report.by_store.length > 1 && <Stores report={report} />}
    </div>
  );
}

// The page of follow-up plans: which store and outcome, the steps, and in plain words what will happen.
import './plans.css';
import { useEffect } from 'preact/hooks';
import { Calls } from '../../calls/Calls';
import { UNATTENDED } from '../../core/http';
import { UnderWay } from '../../following/UnderWay';
import { messaging } from '../../generated/contract';
import { dayAndTime, zoneName } from '../format';
import { Header } from '../Header';
import { language } from '../i18n';
import { endingOf, manager, signedOut } from '../store';
import { Steps } from './Steps';
import { choose, decide, discard, isChanged, isUnsaved, load, loaded, mayChange, outcome, plan, save, saving, steps, storeId, told, trouble } from './state';
import { Timeline } from './Timeline';
import { words } from './words';

export function PlansPage() {
  const w = words();
  const store = storeId.value;
  useEffect(() => void load(store), [store]);
  return (
    <div class="m-page">
      <Header />
      <main class="m-main p-main" aria-busy={loaded.value === null && trouble.value === null}>
        <div>
          <h1>{w.title}</h1>
          <p class="muted">{w.lead}</p>
        </div>
        <Choices />
        {trouble.value !== null && (
          <div class="note warn row" role="status">
            <span class="grow">{w.cannotLoad[trouble.value]}</span>
            <button type="button" class="btn" onClick={() => void load(store)}>{w.tryAgain}</button>
          </div>
        )}
        {loaded.value === null && trouble.value === null && <p class="muted">{w.loading}</p>}
        {loaded.value !== null && (
          <div class="p-grid">
            <section class="card stack" data-testid="plan">
              <h2>{w.steps}</h2>
              <Steps />
              <Told />
              <Save />
            </section>
            <aside class="card stack p-side">
              <h2>{w.timeline}</h2>
              <Timeline steps={steps.value} />
              <p class="meta">{w.consent} {w.endsWith}</p>
              <p class="meta">{w.zone(zoneName(language.value, loaded.value.zone))}</p>
              <InUse />
            </aside>
          </div>
        )}
        {loaded.value !== null && (
          <Calls zone={loaded.value.zone} unattended={UNATTENDED} mayChange={mayChange.value}
            asker={{ query: { store }, headers: {}, ended: (refused) => signedOut(endingOf(refused)) }} />
        )}
        {loaded.value !== null && (
          <UnderWay store={store} zone={loaded.value.zone} mayStop={mayChange.value}
            asker={{ headers: {}, ended: (refused) => signedOut(endingOf(refused)) }} />
        )}
      </main>
    </div>
  );
}

function Choices() {
  const w = words();
  const stores = manager.value?.stores ?? [];
  return (
    <div class="row p-choices">
      {stores.length > 1 && (
        <div class="segments" role="group" aria-label={w.store}>
          {stores.map((store) => (
            <button type="button" class="btn" key={store.id} aria-pressed={store.id === storeId.value} data-testid={`plan-store-${store.name}`}
              onClick={() => choose(store.id, outcome.value)}>
              {store.name}
            </button>
          ))}
        </div>
      )}
      <div class="segments" role="group" aria-label={w.outcome}>
        {messaging.OUTCOMES.map((each) => (
          <button type="button" class="btn" key={each} aria-pressed={each === outcome.value} data-testid={`plan-${each}`}
            onClick={() => choose(storeId.value, each)}>
            {w.outcomes[each]}
            {isUnsaved(each) && <span class="p-dot" role="img" aria-label={w.changed} />}
          </button>
        ))}
      </div>
    </div>
  );
}

function InUse() {
  const now = plan.value;
  if (now?.created_at == null || now.author == null) return null;
  return <p class="meta">{words().inUse(now.author, dayAndTime(language.value, now.created_at, loaded.value?.zone ?? null))}</p>;
}

function Save() {
  const w = words();
  if (!mayChange.value) return <p class="note">{w.readOnly}</p>;
  if (!isChanged.value) return null;
  return (
    <div class="row">
      <button type="button" class="btn primary" data-testid="plan-save" aria-disabled={saving.value} onClick={() => void save()}>
        {saving.value ? w.saving : w.save}
      </button>
      <button type="button" class="btn quiet" data-testid="plan-discard" onClick={discard}>{w.discard}</button>
    </div>
  );
}

function Told() {
  const w = words();
  const said = told.value;
  if (said === null) return <p class="sr-only" role="status" />;
  if (said.kind === 'saved') return <p class="note" role="status" data-testid="plan-told">{w.saved}</p>;
  if (said.kind !== 'changed') return <p class="note bad" role="alert" data-testid="plan-told">{w[said.kind]}</p>;
  return (
    <div class="note warn stack" role="alert" data-testid="plan-told">
      <strong>{w.theirs}</strong>
      <Timeline steps={said.theirs.steps} />
      <div class="row">
        <button type="button" class="btn" data-testid="keep-mine" onClick={() => decide(said.theirs, 'mine')}>{w.keepMine}</button>
        <button type="button" class="btn quiet" data-testid="take-theirs" onClick={() => decide(said.theirs, 'theirs')}>{w.takeTheirs}</button>
      </div>
    </div>
  );
}

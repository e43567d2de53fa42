import { Checklist } from '../components/Checklist';
import { Chips } from '../components/Chips';
import { Icon } from '../components/Icon';
import { Empty, Screen } from '../components/Screen';
import { StageRail } from '../components/StageRail';
import { Timer } from '../components/Timer';
import { Gap } from '../components/Toast';
import { VisitTabs } from '../components/VisitTabs';
import type { VisitView } from '../core/fold';
import { go } from '../core/route';
import { openSheet } from '../core/sheet';
import { me, myOpenVisits, nameOf, playbookOf, stagesOf, visits } from '../core/state';
import { atSendOff, enterStage, setNeed, startVisit, toggleObjection } from '../core/verbs';
import type { Playbook, Stage } from '../core/wire';
import { t, title } from '../i18n';
import * as ids from '../testids';
import { FollowUpRow, Late } from './FollowUp';
import { Ends } from './OutcomeSheet';
import { SendOff } from './SendOff';

function Start() {
  return (
    <>
      <Gap />
      <button type="button" class="btn primary big main-action" data-testid={ids.startVisit} onClick={() => startVisit()}>
        {t('start_visit')}
      </button>
    </>
  );
}

/** `/visits` without a number: the visit that began first, or what to do when there is none. */
export function Visits() {
  const [first] = myOpenVisits.value;
  if (first) return <Visit id={first.id} />;
  return (
    <Screen actions={<Start />}>
      <h1 class="sr-only">{t('nav_visits')}</h1>
      <Empty title={t('visit_none_title')}>{t('visit_none')}</Empty>
    </Screen>
  );
}

function Heading({ view, stage }: { view: VisitView; stage: Stage | undefined }) {
  const entry = view.stages.at(-1);
  const facts = [
    view.party_size > 1 ? t('visit_party', { n: view.party_size }) : '',
    view.owner !== me.value?.id ? t('visit_of', { name: nameOf(view.owner) }) : '',
  ];
  return (
    <div class="visit-head">
      <h1>{stage ? title(stage.title) : ''}</h1>
      <p class="meta grow">
        {facts.filter(Boolean).join(' · ')}
        {view.practice ? <span class="pill plain info">{t('visit_practice')}</span> : null}
      </p>
      <div class="times">
        <p>
          <span class="meta">{t('visit_stage')}</span>
          {entry ? <Timer from={entry.at} limit={stage?.target_seconds ?? 0} label={t('visit_stage')} /> : null}
        </p>
        <p>
          <span class="meta">{t('visit_total')}</span>
          <Timer from={view.started_at} label={t('visit_total')} />
        </p>
      </div>
    </div>
  );
}

function Needs({ view, book }: { view: VisitView; book: Playbook }) {
  return (
    <section class="card stack needs">
      <h2 class="sr-only">{t('visit_needs')}</h2>
      {book.needs.map((need) => (
        <Chips
          key={need.field}
          label={need.title}
          values={need.values}
          chosen={[view.needs[need.field] ?? '']}
          testid={(code) => ids.need(need.field, code)}
          onPick={(code) => setNeed(view, need.field, code)}
        />
      ))}
    </section>
  );
}

function Objections({ view, book }: { view: VisitView; book: Playbook }) {
  if (book.objections.length === 0) return null;
  return (
    <section class="card objections">
      <Chips
        label={t('visit_objections')}
        values={book.objections}
        chosen={view.objections}
        testid={ids.objection}
        onPick={(code) => toggleObjection(view, code)}
      />
    </section>
  );
}

/** What they said they want, where it is used: while showing, proving and asking. */
function Wanted({ view, book }: { view: VisitView; book: Playbook }) {
  const words = book.needs.flatMap((need) => need.values.filter((value) => view.needs[need.field] === value.code));
  if (words.length === 0) return null;
  return (
    <section class="card wanted">
      <h2 class="label">{t('visit_needs')}</h2>
      <p>{words.map((value) => title(value.title)).join(' · ')}</p>
    </section>
  );
}

/** The one sentence to say. Across the screen where there is much to record below it. */
function Say({ stage, across = false }: { stage: Stage; across?: boolean }) {
  if (title(stage.prompt) === '') return null;
  return (
    <section class={across ? 'card tip say across' : 'card tip say'}>
      <h2 class="label">{t('visit_say')}</h2>
      <p>{title(stage.prompt)}</p>
    </section>
  );
}

function AtStage({ view, book, stage }: { view: VisitView; book: Playbook; stage: Stage }) {
  const checklist = <Checklist view={view} stage={stage} heading={t('visit_checklist')} />;
  if (stage.standard === 'needs' && book.needs.length > 0) {
    return (
      <>
        <Say stage={stage} across />
        <Needs view={view} book={book} />
        {checklist}
      </>
    );
  }
  const closing = stage.standard === 'closing';
  return (
    <>
      {closing ? <Say stage={stage} across /> : null}
      <div class={closing ? 'two even' : 'two'}>
        <div class="stack">{checklist}</div>
        <div class="stack side-part">
          {closing ? <Objections view={view} book={book} /> : <Say stage={stage} />}
          <Wanted view={view} book={book} />
        </div>
      </div>
    </>
  );
}

function Actions({ view, stages, stage }: { view: VisitView; stages: readonly Stage[]; stage: Stage | undefined }) {
  const progress = stages.filter((candidate) => candidate.role === 'progress');
  const next = progress[progress.findIndex((candidate) => candidate.key === stage?.key) + 1];
  return (
    <>
      <button type="button" class="btn big" data-testid={ids.more} onClick={() => openSheet({ kind: 'more', visit: view.id })}>
        <Icon name="more" />
        <span>{t('more')}</span>
      </button>
      <Gap />
      {next === undefined || stage?.standard === 'closing' ? (
        <Ends view={view} />
      ) : (
        <>
          <button
            type="button"
            class="btn big"
            data-testid={ids.leave}
            onClick={() => openSheet({ kind: 'outcome', visit: view.id })}
          >
            {t('visit_leave')}
          </button>
          <button type="button" class="btn primary big main-action" data-testid={ids.next} onClick={() => enterStage(view, next)}>
            {t('visit_next', { stage: title(next.title) })}
          </button>
        </>
      )}
    </>
  );
}

/** What is left of a visit when the customer has gone: the way it went, and its text. */
function Over({ view }: { view: VisitView }) {
  return (
    <Screen actions={<Start />}>
      <h1 class="sr-only">{t('visit_over')}</h1>
      <ul>
        <FollowUpRow view={view} />
      </ul>
    </Screen>
  );
}

export function Visit({ id }: { id: string }) {
  const view = visits.value.get(id);
  if (view === undefined || view.status === 'voided') {
    return (
      <Screen actions={<Start />}>
        <Empty title={view === undefined ? t('visit_gone') : t('visit_over')}>
          <button type="button" class="btn" onClick={() => go('/')}>
            {t('nav_floor')}
          </button>
        </Empty>
      </Screen>
    );
  }
  if (view.departed_at !== null) return <Over view={view} />;
  if (atSendOff(view)) return <SendOff key={id} view={view} />;
  const book = playbookOf(view);
  const stages = stagesOf(book);
  const stage = stages.find((candidate) => candidate.key === view.stage);
  return (
    <Screen
      class="visit"
      place={`${id} ${view.stage ?? ''}`}
      head={
        <>
          <VisitTabs open={view} />
          <StageRail view={view} />
        </>
      }
      actions={<Actions view={view} stages={stages} stage={stage} />}
    >
      <Late view={view} />
      <Heading view={view} stage={stage} />
      {book && stage ? <AtStage view={view} book={book} stage={stage} /> : null}
    </Screen>
  );
}

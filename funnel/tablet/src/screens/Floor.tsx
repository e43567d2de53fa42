import { Screen } from '../components/Screen';
import { Timer } from '../components/Timer';
import { Gap } from '../components/Toast';
import { go } from '../core/route';
import { setPresence } from '../core/session';
import { openSheet } from '../core/sheet';
import type { VisitView } from '../core/fold';
import { config, lastSeen, me, openVisits, playbookOf, presence, dayOf, today, zone } from '../core/state';
import { startVisit } from '../core/verbs';
import type { Person, PresenceState } from '../core/wire';
import { awayReason, clockTime, t, title } from '../i18n';
import * as ids from '../testids';
import { guest } from '../components/VisitTabs';

type Row = { person: Person; state: PresenceState; reason: string; since: string; visits: VisitView[] };

function rows(): Row[] {
  return (config.value?.roster ?? []).map((person) => {
    const known = presence(person.id);
    // Yesterday's "on the floor" says nothing about today.
    const fresh = known !== undefined && dayOf(Date.parse(known.at)) === today.value;
    return {
      person,
      state: fresh ? known.state : 'off',
      reason: fresh ? (known.reason ?? '') : '',
      since: fresh ? known.at : '',
      visits: openVisits.value.filter((view) => view.owner === person.id),
    };
  });
}

function Name({ person }: { person: Person }) {
  return (
    <span class="who">
      <strong>{person.name}</strong>
      {person.id === me.value?.id ? <span class="meta"> ({t('floor_you')})</span> : null}
    </span>
  );
}

function Busy({ row }: { row: Row }) {
  return (
    <li class="floor-row">
      <Name person={row.person} />
      <ul class="stack-small">
        {row.visits.map((view) => {
          const stage = playbookOf(view)?.stages.find((candidate) => candidate.key === view.stage);
          return (
            <li key={view.id}>
              <button type="button" class="btn open-visit" data-testid={ids.tab(view.id)} onClick={() => go(`/visits/${view.id}`)}>
                <span class="grow">{guest(view)}</span>
                <span class="meta">{stage ? title(stage.title) : ''}</span>
                <Timer from={view.started_at} label={t('visit_total')} />
              </button>
            </li>
          );
        })}
      </ul>
    </li>
  );
}

function Quiet({ row }: { row: Row }) {
  return (
    <li class="floor-row line">
      <Name person={row.person} />
      <span class="meta">
        {[awayReason(row.reason), t('floor_since', { time: clockTime(row.since, zone()) })].filter(Boolean).join(' · ')}
      </span>
    </li>
  );
}

function Column({ heading, empty, children }: { heading: string; empty: string; children: preact.ComponentChild[] }) {
  return (
    <section class="card column">
      <h2>{heading}</h2>
      {children.length === 0 ? <p class="muted">{empty}</p> : <ul class="stack-small">{children}</ul>}
    </section>
  );
}

function Actions({ mine }: { mine: PresenceState }) {
  const here = mine === 'on_floor';
  return (
    <>
      <button
        type="button"
        class="btn big"
        data-testid={ids.presence}
        onClick={() => (here ? openSheet({ kind: 'me' }) : setPresence('on_floor'))}
      >
        {here ? t('go_away') : t('come_back')}
      </button>
      <Gap />
      <button type="button" class="btn big" data-testid={ids.startDetails} onClick={() => openSheet({ kind: 'start' })}>
        {t('start_details')}
      </button>
      <button type="button" class="btn primary big main-action" data-testid={ids.startVisit} onClick={() => startVisit()}>
        {t('start_visit')}
      </button>
    </>
  );
}

export function Floor() {
  const all = rows();
  const busy = all.filter((row) => row.visits.length > 0);
  const idle = all.filter((row) => row.visits.length === 0);
  const free = idle.filter((row) => row.state === 'on_floor');
  const away = idle.filter((row) => row.state === 'away');
  const mine = all.find((row) => row.person.id === me.value?.id)?.state ?? 'off';
  const seen = lastSeen.value;
  return (
    <Screen class="floor" actions={<Actions mine={mine} />}>
      <div class="title-row">
        <h1>{t('floor_title')}</h1>
        <span class="shop">{config.value?.store.name}</span>
        <span class="meta">
          {seen === 0 ? t('floor_never_seen') : t('floor_seen', { time: clockTime(new Date(seen).toISOString(), zone()) })}
        </span>
      </div>
      <div class="columns">
        <Column heading={t('floor_free')} empty={t('floor_nobody_free')}>
          {free.map((row) => (
            <Quiet key={row.person.id} row={row} />
          ))}
        </Column>
        <Column heading={t('floor_busy')} empty={t('floor_nobody_busy')}>
          {busy.map((row) => (
            <Busy key={row.person.id} row={row} />
          ))}
        </Column>
        <Column heading={t('floor_away')} empty={t('floor_nobody_away')}>
          {away.map((row) => (
            <Quiet key={row.person.id} row={row} />
          ))}
        </Column>
      </div>
    </Screen>
  );
}

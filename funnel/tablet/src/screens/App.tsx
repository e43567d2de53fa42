import { MeButton, Nav, TopBar } from '../components/Header';
import { Spoken } from '../components/Toast';
import { route, type Route } from '../core/route';
import { sheet } from '../core/sheet';
import { storageIsNewer } from '../core/storage';
import { config, device, emptied, me, messages, net, notSaved, ready, unsaved, visits } from '../core/state';
import { t, tn } from '../i18n';
import * as ids from '../testids';
import { CorrectSheet } from './CorrectSheet';
import { EditSheet } from './EditSheet';
import { Enrol } from './Enrol';
import { Floor } from './Floor';
import { FollowUp } from './FollowUp';
import { Insecure } from './Insecure';
import { ManageHost } from './ManageHost';
import { MeSheet } from './MeSheet';
import { MoreSheet } from './MoreSheet';
import { MyDay } from './MyDay';
import { BoughtSheet, OutcomeSheet } from './OutcomeSheet';
import { Replies } from './Replies';
import { SettingsSheet } from './SettingsSheet';
import { SignIn } from './SignIn';
import { StartSheet } from './StartSheet';
import { Visit, Visits } from './Visit';

function Place({ at }: { at: Route }) {
  switch (at.screen) {
    case 'visits':
      return <Visits />;
    case 'visit':
      return <Visit id={at.id} />;
    case 'followups':
      return <FollowUp />;
    case 'replies':
      return <Replies />;
    case 'day':
      return <MyDay />;
    default:
      return <Floor />;
  }
}

function Sheets() {
  const open = sheet.value;
  if (open === null) return null;
  if (open.kind === 'settings') return <SettingsSheet />;
  if (me.value === null) return null;
  if (open.kind === 'start') return <StartSheet />;
  if (open.kind === 'me') return <MeSheet />;
  const view = visits.value.get(open.visit);
  if (view === undefined) return null;
  if (open.kind === 'outcome') return <OutcomeSheet view={view} began={open.began ?? null} />;
  if (open.kind === 'bought_after_all') return <BoughtSheet view={view} />;
  if (open.kind === 'edit') {
    const message = messages.value.get(view.id);
    return message === undefined ? null : <EditSheet message={message} />;
  }
  return open.kind === 'more' ? <MoreSheet view={view} /> : <CorrectSheet view={view} />;
}

/** The one thing that may not be overlooked: what was tapped is not on the disk. */
function NotSaved() {
  if (storageIsNewer.value) return <p class="bar warn">{t('newer_storage')}</p>;
  if (!notSaved.value) return null;
  return (
    <p class="bar bad" role="alert" data-testid={ids.notSaved}>
      {tn('not_saved', unsaved.value.length)}
    </p>
  );
}

function Inside() {
  if (!ready.value) return <p class="alone loading muted">{t('loading')}</p>;
  const at = route.value;
  if (device.value !== 'enrolled' && device.value !== 'unknown') return <Enrol />;
  // Without settings a tablet cannot work; without an answer it may yet turn out to have none.
  if (config.value === null && !emptied.value) return net.value === 'offline' ? <Enrol /> : <p class="alone loading muted">{t('loading')}</p>;
  if (me.value === null) return <SignIn />;
  return (
    <div class="shell">
      <TopBar>
        <MeButton />
      </TopBar>
      <Nav />
      <Place at={at} />
    </div>
  );
}

export function App() {
  if (route.value.screen === 'manage') return <ManageHost />;
  if (!isSecureContext) return <Insecure />;
  return (
    <>
      <NotSaved />
      <Inside />
      <Spoken />
      <Sheets />
    </>
  );
}

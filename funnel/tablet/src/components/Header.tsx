import { signal } from '@preact/signals';
import { me, messages, mineFollowUps, myOpenVisits, updateReady, waiting } from '../core/state';
import { go, route, type Route } from '../core/route';
import { openSheet } from '../core/sheet';
import { applyUpdate } from '../core/update';
import { lang, switchLanguage, t } from '../i18n';
import { unread } from '../talk/state';
import * as ids from '../testids';
import { Icon, type IconName } from './Icon';
import { SyncPill } from './SyncPill';

export function LanguageButton() {
  return (
    <button
      type="button"
      class="btn quiet tool"
      data-testid={ids.language}
      lang={lang.value === 'en' ? 'zh-Hans' : 'en'}
      onClick={switchLanguage}
    >
      {t('language_other')}
    </button>
  );
}

export function SettingsButton() {
  return (
    <button type="button" class="btn quiet tool" data-testid={ids.settings} onClick={() => openSheet({ kind: 'settings' })}>
      <Icon name="settings" />
      <span class="sr-only">{t('settings')}</span>
    </button>
  );
}

/** Somebody wanted the update: as long as it has to wait, its button says for what. */
const asked = signal(false);
function askForUpdate(): void {
  asked.value = true;
  applyUpdate();
}

export function TopBar({ children }: { children?: preact.ComponentChildren }) {
  return (
    <header class="top">
      <SyncPill />
      {updateReady.value ? (
        <button type="button" class="btn quiet tool" data-testid={ids.update} onClick={askForUpdate}>
          {t(asked.value && waiting.value > 0 ? 'update_waits' : 'update_ready')}
        </button>
      ) : null}
      <div class="tools">
        {children}
        <LanguageButton />
        <SettingsButton />
      </div>
    </header>
  );
}

export function MeButton() {
  const name = me.value?.name ?? '';
  return (
    <button type="button" class="btn quiet tool me" data-testid={ids.me} onClick={() => openSheet({ kind: 'me' })}>
      <Icon name="person" />
      <span class="me-name">{name}</span>
    </button>
  );
}

type Place = { screen: IconName & Route['screen']; path: string; label: string; count: number };

function places(): Place[] {
  const texts = mineFollowUps.value.filter((view) => messages.value.get(view.id)?.state === 'scheduled').length;
  return [
    { screen: 'floor', path: '/', label: t('nav_floor'), count: 0 },
    { screen: 'visits', path: '/visits', label: t('nav_visits'), count: myOpenVisits.value.length },
    { screen: 'followups', path: '/follow-ups', label: t('nav_followups'), count: texts },
    { screen: 'replies', path: '/replies', label: t('nav_replies'), count: unread.value },
    { screen: 'day', path: '/day', label: t('nav_day'), count: 0 },
  ];
}

export function Nav() {
  const open = route.value.screen === 'visit' ? 'visits' : route.value.screen;
  return (
    <nav class="nav" aria-label={t('nav')}>
      {places().map(({ screen, path, label, count }) => (
        <a
          key={screen}
          class="nav-item"
          href={path}
          aria-current={open === screen ? 'page' : undefined}
          data-testid={ids.nav(screen)}
          onClick={(event) => {
            event.preventDefault();
            go(path);
          }}
        >
          <span class="nav-icon">
            <Icon name={screen} />
            {count > 0 ? <span class="count">{count}</span> : null}
          </span>
          <span>{label}</span>
        </a>
      ))}
    </nav>
  );
}

import { me, messages, mineFollowUps, myOpenVisits, updateReady } from '../core/state';
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

export function TopBar({ children }: { children?: preact.ComponentChildren }) {
  return (
    <header class="top">
      <SyncPill />
      {updateReady.value ? (
        <button type="button" class="btn quiet tool" data-testid={ids.update} onClick={applyUpdate}>
          {t('update_ready')}
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

import { go } from '../core/route';
import { switchLanguage } from '../i18n';
import { useFresh } from './fresh';
import { words } from './i18n';
import { page, PAGES, pathTo, type PageName } from './pages';
import { manager, signOut } from './store';
import { count, unread } from './unread';

const COUNT_MS = 15_000;

/** The product's mark: a door left ajar, and the text that goes out through it. */
export function Mark() {
  return <img class="m-mark" src="/app-assets/icon.svg" width="32" height="32" alt="" />;
}

export function LanguageSwitch() {
  const other = words().otherLanguage;
  return (
    <button type="button" class="btn quiet" data-testid="language" lang={other === '中文' ? 'zh-Hans' : 'en'} onClick={switchLanguage}>
      {other}
    </button>
  );
}

export function Header() {
  const who = manager.value;
  useFresh(count, COUNT_MS);
  return (
    <header class="m-header">
      <div class="m-brand"><Mark /> {who?.organization.brand ?? 'Sendoff'}</div>
      <nav class="m-nav" aria-label={words().pages}>
        {PAGES.map((name) => <PageLink key={name} name={name} />)}
      </nav>
      <div class="m-who">
        <span class="muted" data-testid="manager-name">{who?.name}</span>
        <LanguageSwitch />
        <button type="button" class="btn quiet" data-testid="manager-sign-out" title={who?.name} onClick={() => void signOut()}>
          {words().signOut}
        </button>
      </div>
    </header>
  );
}

/** Beside the word, so that it is read out with it. */
function Unread({ n }: { n: number }) {
  return <span class="m-count num" data-testid="unread">{n}<span class="sr-only"> {words().unread}</span></span>;
}

function PageLink({ name }: { name: PageName }) {
  const n = name === 'inbox' ? unread() : 0;
  const path = pathTo(name);
  const open = (event: MouseEvent): void => {
    // With a key held down the browser opens another tab, as everywhere.
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    go(path);
  };
  return (
    <a class={`btn quiet${name === 'inbox' ? ' m-counts' : ''}`} href={path} data-testid={`page-${name}`} onClick={open} {...(page.value === name ? { 'aria-current': 'page' } : {})}>
      {words()[name]}
      {n > 0 && <Unread n={n} />}
    </a>
  );
}

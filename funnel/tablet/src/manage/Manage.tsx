import { useEffect } from 'preact/hooks';
import { Header } from './Header';
import { words } from './i18n';
import { OverviewPage } from './OverviewPage';
import { fetched, fetchPage, missing, page } from './pages';
import { SignIn } from './SignIn';
import { screen, start } from './store';

export function Manage() {
  switch (screen.value) {
    case 'starting':
      return <main class="m-centre" aria-busy="true"><p class="muted">{words().loading}</p></main>;
    case 'sign_in':
      return <SignIn />;
    case 'unreachable':
      return (
        <main class="m-centre">
          <p>{words().unreachable}</p>
          <button type="button" class="btn primary" onClick={() => void start()}>{words().tryAgain}</button>
        </main>
      );
    case 'overview':
      return page.value === 'overview' ? <OverviewPage /> : <LazyPage />;
  }
}

function LazyPage() {
  const name = page.value;
  useEffect(() => void fetchPage(name), [name]);
  const Page = fetched.value[name];
  if (Page !== undefined) return <Page />;
  return (
    <div class="m-page">
      <Header />
      <main class="m-main" aria-busy={!missing.value}>
        {missing.value && (
          <div class="note warn row" role="status">
            <span class="grow">{words().unreachable}</span>
            <button type="button" class="btn" onClick={() => void fetchPage(name)}>{words().tryAgain}</button>
          </div>
        )}
      </main>
    </div>
  );
}

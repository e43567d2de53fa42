import { words } from './i18n';
import { OverviewPage } from './OverviewPage';
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
      return <OverviewPage />;
  }
}

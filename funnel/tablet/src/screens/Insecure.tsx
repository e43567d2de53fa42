import { LanguageButton } from '../components/Header';
import { t } from '../i18n';

/** Plain http on a network: the browser takes away what the tablet needs to keep a visit. Say so, and what to do. */
export function Insecure() {
  return (
    <div class="alone">
      <header class="top">
        <strong>{t('app')}</strong>
        <div class="tools">
          <LanguageButton />
        </div>
      </header>
      <main class="card narrow stack">
        <h1>{t('insecure_title')}</h1>
        <p>{t('insecure_why')}</p>
        <p>{t('insecure_do')}</p>
        <p class="meta">
          {t('insecure_here')}: {location.origin}
        </p>
      </main>
    </div>
  );
}

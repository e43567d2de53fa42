import { htmlLang, lang, switchLanguage } from '../i18n';
import { words } from './i18n';
import { PhoneList, Screen } from './Phones';
import { lost } from './state';

export function PhonePage() {
  const w = words();
  return (
    <div class="d-phone-page">
      <header class="d-bar">
        <h1>{w.phones}</h1>
        <div class="row">
          <a class="btn quiet" href="/demo">{w.backToDemo}</a>
          <LanguageButton />
        </div>
      </header>
      {lost.value && <p class="note warn" role="status">{w.lost}</p>}
      <main class="d-phone-main">
        <PhoneList />
        <Screen />
      </main>
    </div>
  );
}

export function LanguageButton() {
  return (
    <button type="button" class="btn quiet" data-testid="language" lang={htmlLang(lang.value === 'en' ? 'zh' : 'en')} onClick={switchLanguage}>
      {words().otherLanguage}
    </button>
  );
}

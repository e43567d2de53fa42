import { useSignal } from '@preact/signals';
import { TopBar } from '../components/Header';
import { enrol, type EnrolResult } from '../core/device';
import { device, session, waiting } from '../core/state';
import { t, tn } from '../i18n';
import * as ids from '../testids';

const LENGTH = 20;
const bare = (code: string): string => code.toUpperCase().replace(/[^0-9A-Z]/g, '');

/** Groups of five, as the manager reads it out. */
const grouped = (code: string): string => (bare(code).slice(0, LENGTH).match(/.{1,5}/g) ?? []).join('-');

/** Safari on an iPad says it is a Mac, but no Mac has a touch screen. A tab's storage there may be deleted. */
function onIpadTab(): boolean {
  const standalone = matchMedia('(display-mode: standalone)').matches;
  return !standalone && /Mac|iPad/.test(navigator.platform) && navigator.maxTouchPoints > 1;
}

function words(result: Exclude<EnrolResult, 'ok'> | 'short', code: string): string {
  switch (result) {
    case 'short':
      return tn('enrol_short', LENGTH - bare(code).length);
    case 'offline':
      return t('enrol_offline');
    case 'too_many':
      return t('enrol_too_many');
    case 'enrolment_code_invalid':
      return t('enrol_invalid');
    case 'refused':
      return t('enrol_refused');
  }
}

export function Enrol() {
  const code = useSignal('');
  const name = useSignal('');
  const busy = useSignal(false);
  const failed = useSignal<Exclude<EnrolResult, 'ok'> | 'short' | null>(null);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (busy.value) return;
    if (bare(code.value).length < LENGTH) {
      failed.value = 'short';
      return;
    }
    busy.value = true;
    const result = await enrol(code.value, name.value);
    busy.value = false;
    failed.value = result === 'ok' ? null : result;
  };
  return (
    <div class="alone">
      <TopBar />
      <main class="card narrow">
        <form class="stack" onSubmit={(event) => void submit(event)}>
          <h1>{t('enrol_title')}</h1>
          {device.value === 'revoked' || device.value === 'retired' ? <p class="note warn">{t('enrol_revoked')}</p> : null}
          <p class="muted">{t('enrol_lead')}</p>
          {onIpadTab() ? <p class="note">{t('enrol_install')}</p> : null}
          <div class="field">
            <label for="code">{t('enrol_code')}</label>
            <input
              id="code"
              class="input code"
              data-testid={ids.enrolCode}
              autocomplete="one-time-code"
              autocapitalize="characters"
              spellcheck={false}
              placeholder="XXXXX-XXXXX-XXXXX-XXXXX"
              aria-invalid={failed.value !== null}
              aria-describedby="enrol-error"
              value={code.value}
              onInput={(event) => {
                failed.value = null;
                code.value = grouped(event.currentTarget.value);
              }}
            />
            <p id="enrol-error" class="error" role="alert" data-testid={ids.enrolError}>
              {failed.value === null ? '' : words(failed.value, code.value)}
            </p>
          </div>
          <div class="field">
            <label for="tablet-name">{t('enrol_name')}</label>
            <input
              id="tablet-name"
              class="input"
              data-testid={ids.enrolName}
              maxLength={60}
              placeholder={t('enrol_name_example')}
              value={name.value}
              onInput={(event) => {
                name.value = event.currentTarget.value;
              }}
            />
          </div>
          <button class="btn primary big" data-testid={ids.enrolSubmit} aria-disabled={busy.value}>
            {t('enrol_go')}
          </button>
          {waiting.value > 0 ? <p class="note warn">{tn('enrol_waiting', waiting.value)}</p> : null}
          {session.value?.mode === 'demo' ? <a class="btn quiet" href="/demo">{t('enrol_demo')}</a> : null}
        </form>
      </main>
    </div>
  );
}

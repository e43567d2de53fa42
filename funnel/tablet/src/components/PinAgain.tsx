import { lock, pinAgain } from '../core/session';
import { t } from '../i18n';

/** Taps count without it; what the server shows to a known person alone needs a PIN that it has seen. */
export function PinAgain() {
  if (!pinAgain.value) return null;
  return (
    <p class="note warn row" role="status" data-testid="pin-again">
      <span class="grow">{t('pin_again')}</span>
      <button type="button" class="btn" onClick={() => lock()}>{t('pin_enter')}</button>
    </p>
  );
}

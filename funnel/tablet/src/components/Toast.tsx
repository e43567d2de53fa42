import { dismiss, toast } from '../core/toast';
import { t } from '../i18n';
import * as ids from '../testids';

/** The gap in a screen's bar of actions. What was just done is said there, where it lies over nothing. */
export function Gap() {
  const shown = toast.value;
  if (shown === null) return <span class="gap" />;
  return (
    <div class="gap">
      <div class="toast" key={shown.id} data-testid={ids.toast}>
        <span class="grow">{shown.text}</span>
        {shown.undo === undefined ? null : (
          <button
            type="button"
            class="btn"
            data-testid={ids.undo}
            onClick={() => {
              dismiss();
              shown.undo?.();
            }}
          >
            {t('undo')}
          </button>
        )}
      </div>
    </div>
  );
}

/** The same for whoever listens. It outlives every screen, as a voice only reads what changes in a place it knows. */
export function Spoken() {
  return (
    <p class="sr-only" role="status">
      {toast.value?.text ?? ''}
    </p>
  );
}

import { dismiss, toast } from '../core/toast';
import { t } from '../i18n';
import { ids } from '../testids';

export function Toast() {
  const shown = toast.value;
  return (
    <div class="toast-place" role="status">
      {shown === null ? null : (
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
      )}
    </div>
  );
}

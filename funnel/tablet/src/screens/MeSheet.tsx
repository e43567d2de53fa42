import { Sheet } from '../components/Sheet';
import { lock, setPresence } from '../core/session';
import { closeSheet } from '../core/sheet';
import { me, presence } from '../core/state';
import { funnel } from '../generated/contract';
import { t, title } from '../i18n';
import * as ids from '../testids';


/** Away, back, or the end of the shift; and the lock for when the tablet goes to somebody else. */
export function MeSheet() {
  const state = presence(me.value?.id ?? '')?.state ?? 'off';
  const away = (reason: string): void => {
    setPresence('away', reason);
    closeSheet();
  };
  return (
    <Sheet title={me.value?.name ?? ''}>
      <div class="stack">
        {state === 'away' ? null : <h3>{t('away_why')}</h3>}
        <div class="grid-3">
          {state === 'away' ? (
            <button
              type="button"
              class="btn big"
              data-testid={ids.away('back')}
              onClick={() => {
                setPresence('on_floor');
                closeSheet();
              }}
            >
              {t('come_back')}
            </button>
          ) : (
            Object.entries(funnel.AWAY).map(([reason, words]) => (
              <button
                key={reason}
                type="button"
                class="btn big"
                data-testid={ids.away(reason)}
                onClick={() => away(reason)}
              >
                {title(words)}
              </button>
            ))
          )}
        </div>
        <div class="sheet-actions">
          <button
            type="button"
            class="btn big"
            data-testid={ids.away('off')}
            onClick={() => {
              setPresence('off');
              closeSheet();
              lock();
            }}
          >
            {t('end_shift')}
          </button>
          <span class="grow" />
          <button
            type="button"
            class="btn primary big main-action"
            data-testid={ids.lock}
            onClick={() => {
              closeSheet();
              lock();
            }}
          >
            {t('lock')}
          </button>
        </div>
      </div>
    </Sheet>
  );
}

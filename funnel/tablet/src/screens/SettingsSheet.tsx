import { Segments } from '../components/Segments';
import { Sheet } from '../components/Sheet';
import { hand, theme } from '../core/prefs';
import { config } from '../core/state';
import { t } from '../i18n';
import * as ids from '../testids';

export function SettingsSheet() {
  return (
    <Sheet title={t('settings')}>
      <div class="stack">
        <div class="chips">
          <span class="label">{t('theme')}</span>
          <Segments
            label={t('theme')}
            value={theme.value}
            choices={[
              { value: 'auto', label: t('theme_auto'), testid: ids.theme('auto') },
              { value: 'light', label: t('theme_light'), testid: ids.theme('light') },
              { value: 'dark', label: t('theme_dark'), testid: ids.theme('dark') },
            ]}
            onPick={(value) => (theme.value = value)}
          />
        </div>
        <div class="chips">
          <span class="label">{t('hand')}</span>
          <Segments
            label={t('hand')}
            value={hand.value}
            choices={[
              { value: 'left', label: t('hand_left'), testid: ids.handSide('left') },
              { value: 'right', label: t('hand_right'), testid: ids.handSide('right') },
            ]}
            onPick={(value) => (hand.value = value)}
          />
        </div>
        <p class="meta">
          {config.value ? `${config.value.store.name} · ${config.value.device.name}` : ''}
        </p>
      </div>
    </Sheet>
  );
}

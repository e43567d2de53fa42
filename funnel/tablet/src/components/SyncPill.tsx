import { effect, signal } from '@preact/signals';
import { needsLook, net, notSaved, waiting } from '../core/state';
import { t, tn } from '../i18n';
import * as ids from '../testids';
import { Icon, type IconName } from './Icon';

type Shown = { state: IconName; tone: string; words: string };
const SETTLE_MS = 700;

/**
 * A tap is sent within a blink. What is gone again in a moment is not worth a word, nor a voice that reads it; but what
 * the disk did not take must not be called saved, not for that moment and not without a network.
 */
const slow = signal(0);
let timer = 0;
effect(() => {
  const n = waiting.value;
  clearTimeout(timer);
  if (n === 0 || notSaved.value) slow.value = n;
  else timer = window.setTimeout(() => (slow.value = n), SETTLE_MS);
});

function shown(): Shown {
  if (net.value === 'offline' && !notSaved.value) return { state: 'offline', tone: 'warn', words: t('pill_offline') };
  if (slow.value > 0) return { state: 'waiting', tone: 'info', words: tn('pill_waiting', slow.value) };
  if (needsLook.value > 0) return { state: 'look', tone: 'bad', words: tn('pill_look', needsLook.value) };
  return { state: 'saved', tone: 'good', words: t('pill_saved') };
}

export function SyncPill() {
  const { state, tone, words } = shown();
  return (
    <p class={`pill plain sync ${tone}`} role="status" data-testid={ids.pill} data-state={state} data-waiting={waiting.value}>
      <Icon name={state} size={20} />
      {words}
    </p>
  );
}

// One calm strip: what keeps texts from leaving as they should, what it means for customers, and what to do.
import { computed, effect, signal } from '@preact/signals';
import { API, json } from '../core/http';
import { messaging } from '../generated/contract';
import type { components } from '../generated/api';
import { useFresh } from './fresh';
import { language, words } from './i18n';
import { manager } from './store';

type Alert = components['schemas']['AlertOut'];

const REFRESH_MS = 30_000;
const NOTHING_LEAVES: readonly Alert['kind'][] = ['nobody_is_texted', 'account_refused'];
const raised = signal<readonly Alert[]>([]);

/** The first look is over: what stands below may be shown, and is not pushed down under somebody's finger. */
export const settled = signal(false);

// Whoever signs in next is told anew.
const who = computed(() => manager.value?.id);
effect(() => {
  void who.value;
  [raised.value, settled.value] = [[], false];
});

/** What was told last stays while the server cannot be reached: the page says that elsewhere. */
export async function look(headers: Record<string, string> = {}): Promise<void> {
  try {
    raised.value = (await json<{ items: Alert[] }>(`${API}/alerts`, { headers })).items;
  } catch {
    // The next look may succeed.
  }
  settled.value = true;
}

export function Alerts() {
  useFresh(look, REFRESH_MS);
  if (raised.value.length === 0) return null;
  return (
    <section class={`note ${raised.value.some(({ kind }) => NOTHING_LEAVES.includes(kind)) ? 'bad' : 'warn'} m-alerts`} role="status" aria-label={words().alerts} data-testid="alerts">
      <ul>
        {raised.value.map((alert) => <Line key={`${alert.kind}/${alert.provider}`} alert={alert} />)}
      </ul>
    </section>
  );
}

function Line({ alert }: { alert: Alert }) {
  const lang = language.value;
  const { what, means, do: todo } = messaging.ALERTS[alert.kind];
  const about = [alert.provider, alert.by, alert.detail, alert.count > 1 ? String(alert.count) : ''].filter(Boolean).join(' · ');
  return (
    <li data-testid={`alert-${alert.kind}`}>
      <strong>{what[lang]}</strong>
      {about === '' ? null : <span class="meta"> {about}</span>}
      <span class="block">{means[lang]} {todo[lang]}</span>
    </li>
  );
}

// Start in the order of what a person needs: the screen from the disk at once, then the server, then everything else.
import './style/tokens.css';
import './style/frame.css';
import './style/door.css';
import './style/floor.css';
import './style/visit.css';
import './style/sheets.css';
import './style/portrait.css';
import { effect } from '@preact/signals';
import { render } from 'preact';
import { startClock } from './core/clock';
import { getMeta, loadAll } from './core/db';
import { connect, forget, lost, refreshConfig, startRefreshing } from './core/device';
import { startNewDay } from './core/newday';
import { startOutbox } from './core/outbox';
import { startPrefs } from './core/prefs';
import { startReplies } from './core/replies';
import { route, startRoute } from './core/route';
import { warmKey } from './core/seal';
import { resume, startIdleLock } from './core/session';
import { config, device, emptied, loaded, notSaved, ready } from './core/state';
import { startSync, tooLate } from './core/sync';
import { say } from './core/toast';
import { startUpdates } from './core/update';
import { suggestLanguage, t } from './i18n';
import { App } from './screens/App';

async function fromDisk(): Promise<void> {
  try {
    loaded(await loadAll());
    startOutbox((await getMeta<number>('seq')) ?? 0);
    if (config.value !== null || emptied.value) device.value = 'enrolled';
    await resume();
    await warmKey();
  } catch {
    // The page opens all the same, says that it cannot save, and keeps trying.
    notSaved.value = true;
    startOutbox(0);
  }
}

async function start(): Promise<void> {
  startPrefs();
  startRoute();
  const place = document.getElementById('app');
  if (place === null) throw new Error('the page has no #app');
  render(<App />, place);
  void startUpdates();
  if (!isSecureContext || route.value.screen === 'manage') return;
  startClock();
  await fromDisk();
  ready.value = true;
  effect(() => {
    if (config.value !== null) suggestLanguage(config.value.store.language);
  });
  effect(() => {
    if (tooLate.value > 0) say(t('edit_on_its_way'));
  });
  startIdleLock();
  startNewDay();
  await startSync({
    config: () => void refreshConfig(),
    revoked: () => void forget(),
    lost: (problem) => void lost(problem),
  });
  void connect();
  startRefreshing();
  startReplies();
  // Asked for, never relied on: some browsers lack it, and some say no.
  void navigator.storage?.persist?.();
}

void start();

// A new version waits until nobody is in the middle of something: nothing unsent, no sheet open, and somebody says so.
import { effect } from '@preact/signals';
import { me, updateReady, waiting } from './state';
import { sheet } from './sheet';

let worker: ServiceWorker | null = null;

function found(registration: ServiceWorkerRegistration): void {
  const candidate = registration.waiting;
  // The very first install replaces nothing. WebKit still names it as waiting after it has taken the page over, so
  // neither that nor a controller is enough to tell: an update waits beside another worker that is at work.
  if (candidate?.state !== 'installed' || registration.active === null) return;
  worker = candidate;
  updateReady.value = true;
}

export function applyUpdate(): void {
  if (waiting.value === 0 && sheet.value === null) worker?.postMessage('skip-waiting');
}

export async function startUpdates(): Promise<void> {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  // The very first worker takes over a page that is already of its own version.
  let controlled = navigator.serviceWorker.controller !== null;
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    if (controlled) location.reload();
    controlled = true;
  });
  try {
    const registration = await navigator.serviceWorker.register('/sw.js');
    found(registration);
    registration.addEventListener('updatefound', () => {
      registration.installing?.addEventListener('statechange', () => found(registration));
    });
    // A locked tablet is the best moment: nobody is looking. It asks, too: left alone, a browser does so once a day.
    effect(() => {
      if (me.value !== null) return;
      if (updateReady.value) applyUpdate();
      else registration.update().catch(() => undefined);
    });
  } catch {
    // Without the worker everything works but a cold start without a network.
  }
}

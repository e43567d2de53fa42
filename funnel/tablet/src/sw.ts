/// <reference lib="webworker" />
// Keeps the app's own files, so that a tablet opens without a network. It never keeps data: what the server says
// is fetched by the app and stored by the app. Texts, visits and people must not lie in a cache nobody looks after.
declare const self: ServiceWorkerGlobalScope;
declare const __BUILD__: { version: string; entry: string; files: string[]; paths: string[] };
export {};

const CACHE = `sendoff-${__BUILD__.version}`;
const SHELL = '/';
const EXTRAS = ['/manifest.webmanifest', '/app-assets/icon.svg'];

async function fill(): Promise<void> {
  const cache = await caches.open(CACHE);
  const shell = await fetch(SHELL, { cache: 'reload', credentials: 'same-origin' });
  // Between two versions on two servers the page may be the other one's: then wait for the next try.
  if (!shell.ok || !(await shell.clone().text()).includes(__BUILD__.entry)) throw new Error('the shell is of another build');
  await cache.put(SHELL, shell);
  await cache.addAll([...__BUILD__.files, ...EXTRAS]);
}

async function dropOthers(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith('sendoff-') && name !== CACHE).map((name) => caches.delete(name)));
}

/** Only the paths of the app itself get the shell; an unknown path is the server's business. */
function isAppPath(path: string): boolean {
  return __BUILD__.paths.includes(path.split('/')[1] ?? '');
}

async function fromCache(key: string, request: Request): Promise<Response> {
  const kept = await (await caches.open(CACHE)).match(key);
  return kept ?? fetch(request);
}

// A new worker waits until the app says so: it swaps files only when nothing is unsaved and no sheet is open.
self.addEventListener('install', (event) => event.waitUntil(fill()));
self.addEventListener('activate', (event) => event.waitUntil(dropOthers().then(() => self.clients.claim())));
self.addEventListener('message', (event) => {
  if (event.data === 'skip-waiting') void self.skipWaiting();
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== self.location.origin) return;
  if (request.mode === 'navigate') {
    if (isAppPath(url.pathname)) event.respondWith(fromCache(SHELL, request));
    return;
  }
  if (url.pathname.startsWith('/app-assets/') || EXTRAS.includes(url.pathname)) {
    event.respondWith(fromCache(url.pathname, request));
  }
});

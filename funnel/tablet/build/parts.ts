import type { Plugin } from 'vite';

// Vite's own is six times as long: it is made for older browsers, and for pages that are served from elsewhere.
const HELPER = `
const fetchFile = (href) => new Promise((resolve, reject) => {
  if (document.querySelector('link[href="' + href + '"]')) return resolve();
  const link = document.createElement('link');
  const rel = href.endsWith('.css') ? 'stylesheet' : 'modulepreload';
  link.onload = resolve;
  link.onerror = () => {
    link.remove();
    reject(new Error(href));
  };
  document.head.append(Object.assign(link, { rel, href }));
});
export const __vitePreload = (load, files = []) => Promise.all(files.map((file) => fetchFile('/' + file))).then(load);
`;

/** How a part that is loaded later brings its files: its styles are there before its first picture. */
export function parts(): Plugin {
  return {
    name: 'sendoff-parts',
    apply: 'build',
    transform: { filter: { id: /vite\/preload-helper/ }, handler: () => HELPER },
  };
}

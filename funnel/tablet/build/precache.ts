import { createHash } from 'node:crypto';
import type { Plugin, Rolldown } from 'vite';
import { SHELL_PATHS } from '../src/generated/paths.ts';

type Bundle = Rolldown.OutputBundle;

/** Everything the app entry can reach, lazy chunks included: a manager's page must open offline too. */
function reachable(bundle: Bundle, entry: string): Set<string> {
  const files = new Set<string>();
  const visit = (name: string): void => {
    const file = bundle[name];
    if (file === undefined || files.has(name)) return;
    files.add(name);
    if (file.type !== 'chunk') return;
    [...file.imports, ...file.dynamicImports].forEach(visit);
    const css = (file as { viteMetadata?: { importedCss: Set<string>; importedAssets: Set<string> } }).viteMetadata;
    css?.importedCss.forEach(visit);
    css?.importedAssets.forEach(visit);
  };
  visit(entry);
  return files;
}

function digest(bundle: Bundle, files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const name of files) {
    const file = bundle[name];
    if (file !== undefined) hash.update(name).update(file.type === 'chunk' ? file.code : file.source);
  }
  return hash.digest('hex').slice(0, 12);
}

/** Writes the list of files the service worker keeps into sw.js. The demo's own pages stay out of it. */
export function precache(): Plugin {
  return {
    name: 'sendoff-precache',
    apply: 'build',
    enforce: 'post',
    generateBundle(_options, bundle) {
      const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
      const worker = chunks.find((chunk) => chunk.name === 'sw');
      const app = chunks.find((chunk) => chunk.isEntry && chunk.name === 'index');
      if (worker === undefined || app === undefined) throw new Error('precache: no service worker or no app entry');
      if (worker.imports.length > 0) throw new Error('precache: the service worker must not import chunks');
      const files = [...reachable(bundle, app.fileName)].sort();
      const page = bundle['index.html'];
      const version = digest(bundle, page === undefined ? files : [...files, 'index.html']);
      const names = { version, entry: `/${app.fileName}`, files: files.map((name) => `/${name}`), paths: SHELL_PATHS };
      worker.code = `const __BUILD__ = ${JSON.stringify(names)};\n${worker.code}`;
    },
  };
}

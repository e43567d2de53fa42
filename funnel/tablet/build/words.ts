import type { Plugin } from 'vite';
import { en } from '../src/i18n/en.ts';
import { zh } from '../src/i18n/zh.ts';

/**
 * The Chinese dictionary as a list in the order of the English one, because every tablet loads both: each sentence's
 * name then travels once.
 */
export function words(): Plugin {
  const list = Object.keys(en).map((key) => (zh as Readonly<Record<string, string>>)[key] ?? null);
  return {
    name: 'sendoff-words',
    apply: 'build',
    transform: {
      filter: { id: /\/i18n\/zh\.ts$/ },
      handler: () => `import { en } from './en';
const list = ${JSON.stringify(list)};
export const zh = Object.fromEntries(Object.keys(en).flatMap((key, at) => (list[at] === null ? [] : [[key, list[at]]])));`,
    },
  };
}

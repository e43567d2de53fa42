import type { Plugin } from 'vite';

/**
 * Elements as calls of preact's own `h`. The automatic runtime would name `children` in each of them, and bring a
 * second way to make an element: together more than half a kilobyte of what every tablet loads.
 */
export const JSX = { runtime: 'classic', pragma: 'makeElement', pragmaFrag: 'Fragment' } as const;

export function jsx(): Plugin {
  return {
    name: 'sendoff-jsx',
    enforce: 'pre',
    transform: {
      filter: { id: /\.tsx$/ },
      // On the first line, so that the lines of the source keep their numbers.
      handler: (code) => `import { h as makeElement, Fragment } from 'preact'; ${code}`,
    },
  };
}

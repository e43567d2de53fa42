const PATHS = {
  floor: 'M4 20V9l8-5 8 5v11M9 20v-6h6v6',
  visits: 'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M3 20c0-3.5 2.7-6 6-6s6 2.5 6 6M16 5a3 3 0 0 1 0 6M17.5 14.5c2 .8 3.5 2.8 3.5 5.5',
  followups: 'M4 5h16v11H9l-5 4zM8 9h8M8 12h5',
  replies: 'M3 5h13v9H9l-4 3v-3H3zM19 9h2v9h-2v3l-4-3h-5v-1',
  day: 'M4 20h16M6 17v-5M11 17V7M16 17v-8',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  settings: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 4.5v5M9 14.5v5',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8M4 21c0-4 3.5-7 8-7s8 3 8 7',
  plus: 'M12 5v14M5 12h14',
  close: 'M6 6l12 12M18 6L6 18',
  more: 'M4.5 12a.5.5 0 1 0 1 0 .5.5 0 1 0-1 0M11.5 12a.5.5 0 1 0 1 0 .5.5 0 1 0-1 0M18.5 12a.5.5 0 1 0 1 0 .5.5 0 1 0-1 0',
  erase: 'M9 6h11v12H9l-6-6zM13 10l4 4M17 10l-4 4',
  saved: 'M5 12.5l4.5 4.5L19 7.5',
  waiting: 'M12 19V6M6.5 11.5L12 6l5.5 5.5',
  offline: 'M3 3l18 18M8 16h9a4 4 0 0 0 1.5-7.7A6 6 0 0 0 9 6M6.5 9.5A3.5 3.5 0 0 0 7 16',
  look: 'M12 4l9 16H3zM12 10v4M12 17h.01',
  quote: 'M5 17c2-1 3-3 3-5H5V7h6v5c0 4-2 6-5 7M14 17c2-1 3-3 3-5h-3V7h6v5c0 4-2 6-5 7',
} as const;

export type IconName = keyof typeof PATHS;

/** Beside words only, so it says nothing to a screen reader. */
export function Icon({ name, size = 24 }: { name: IconName; size?: number }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" aria-hidden="true">
      <path d={PATHS[name]} stroke-width="2" stroke-linecap="round" stroke-linejoin="round" />
    </svg>
  );
}

// The manager's pages. The overview comes with this part of the app; every other page is a chunk of its own, fetched when
// it is first opened. A new page is one line in LAZY, its name in i18n.ts, and a folder.
import { computed, signal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { route } from '../core/route';

const LAZY = {
  inbox: () => import('./inbox/InboxPage').then((part) => part.InboxPage),
  trust: () => import('./trust/TrustPage').then((part) => part.TrustPage),
  plans: () => import('./plans/PlansPage').then((part) => part.PlansPage),
  wording: () => import('./wording/WordingPage').then((part) => part.WordingPage),
  rules: () => import('./rules/RulesPage').then((part) => part.RulesPage),
} satisfies Record<string, () => Promise<ComponentType>>;

type LazyPage = keyof typeof LAZY;
export type PageName = 'overview' | LazyPage;
export const PAGES: readonly PageName[] = ['overview', ...(Object.keys(LAZY) as LazyPage[])];

/** What stands behind `/manage/`, part by part. */
export const place = computed<readonly string[]>(() => {
  // Each way to another screen makes a new route, and the address bar is right by then.
  void route.value;
  return location.pathname.split('/').slice(2);
});
export const page = computed<PageName>(() => PAGES.find((name) => name === place.value[0]) ?? 'overview');
export const pathTo = (name: PageName): string => (name === 'overview' ? '/manage' : `/manage/${name}`);

export const fetched = signal<Partial<Record<PageName, ComponentType>>>({});
export const missing = signal(false);

export async function fetchPage(name: PageName): Promise<void> {
  if (name === 'overview' || fetched.value[name] !== undefined) return;
  missing.value = false;
  try {
    const component = await LAZY[name]();
    fetched.value = { ...fetched.value, [name]: component };
  } catch {
    missing.value = true;
  }
}

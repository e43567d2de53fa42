// One signal says which screen is open; the address bar follows it, so that a reload comes back to the same place.
import { signal } from '@preact/signals';

export type Route =
  | { screen: 'floor' }
  | { screen: 'visits' }
  | { screen: 'visit'; id: string }
  | { screen: 'followups' }
  | { screen: 'replies' }
  | { screen: 'day' }
  | { screen: 'manage' };

export function parse(path: string): Route {
  const [first = '', id = ''] = path.split('/').slice(1);
  if (first === 'visits') return id === '' ? { screen: 'visits' } : { screen: 'visit', id };
  if (first === 'follow-ups' || first === 'followups') return { screen: 'followups' };
  if (first === 'replies') return { screen: 'replies' };
  if (first === 'day') return { screen: 'day' };
  if (first === 'manage') return { screen: 'manage' };
  return { screen: 'floor' };
}

export const route = signal<Route>(parse(location.pathname));

export function go(path: string): void {
  if (path !== location.pathname) history.pushState(null, '', path);
  route.value = parse(path);
  scrollTo(0, 0);
}

export function startRoute(): void {
  addEventListener('popstate', () => {
    route.value = parse(location.pathname);
  });
}

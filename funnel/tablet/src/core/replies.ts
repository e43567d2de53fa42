// How many answers nobody has read: asked for while somebody is signed in, so that the menu says it on every screen.
import { effect } from '@preact/signals';
import { begin, forget, look } from '../talk/state';
import { route } from './route';
import { pinAgain } from './session';
import { me, zone } from './state';

// An answer shows in the menu within five seconds, the way to the server and back included.
const LOOK_MS = 4_000;

/** A PIN that was taken off line is no session on the server. */
export const askAgain = (): void => { pinAgain.value = true; };

/** From here on it is the tablet's person who asks. */
export function asTablet(): void {
  begin({ headers: { 'X-Acts-On': 'tablet' }, zoneOf: zone, ended: askAgain });
}

export function startReplies(): void {
  asTablet();
  effect(() => {
    const who = me.value?.id;
    forget();
    if (who !== undefined) void look();
  });
  setInterval(() => {
    // The open inbox looks by itself.
    if (me.value !== null && !document.hidden && route.value.screen !== 'replies') void look();
  }, LOOK_MS);
}

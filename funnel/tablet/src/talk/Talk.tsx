// The inbox beside the thread; on a narrow screen one after the other.
import './talk.css';
import { useEffect } from 'preact/hooks';
import { serverNow } from '../core/clock';
import { UNATTENDED } from '../core/http';
import { Boxes, List, minute } from './List';
import { away, look, open, see } from './state';
import { Thread } from './Thread';
import { words } from './words';

// An answer is seen within five seconds, the way to the server and back included.
const LOOK_MS = 3_000;

/** `me` is whoever may take a conversation; `extra` stands beside the boxes. */
export function Talk({ me, extra, instead }: { me: string; extra?: preact.ComponentChildren; instead?: preact.ComponentChildren }) {
  useEffect(() => {
    const tick = (): void => {
      minute.value = serverNow();
      if (!document.hidden) void look(UNATTENDED);
    };
    see(true);
    tick();
    const timer = setInterval(tick, LOOK_MS);
    document.addEventListener('visibilitychange', tick);
    return () => {
      see(false);
      clearInterval(timer);
      document.removeEventListener('visibilitychange', tick);
    };
  }, []);
  return (
    <div class={`t-talk${open.value === null ? '' : ' t-opened'}`}>
      <div class="t-side">
        <h1 class="sr-only">{words().title}</h1>
        <Boxes>{extra}</Boxes>
        {away.value && open.value === null && <p class="note warn" role="status" data-testid="inbox-offline">{words().offline}</p>}
        {instead ?? <List />}
      </div>
      <Thread me={me} />
    </div>
  );
}

// The follow-ups of a store: those under way and those that have just ended, the latest visit first.
import { useEffect } from 'preact/hooks';
import { UNATTENDED } from '../core/http';
import { Following } from './Following';
import { forgetPast, Past } from './Past';
import { forget, known, look, type Asker } from './state';
import { words } from './words';

const LOOK_MS = 15_000;

export function UnderWay({ store, zone, asker, mayStop }: { store: string; zone: string; asker: Asker; mayStop: boolean }) {
  const w = words();
  useEffect(() => {
    void look({ store }, asker);
    const timer = window.setInterval(() => { if (!document.hidden) void look({ store }, asker, UNATTENDED); }, LOOK_MS);
    return () => { window.clearInterval(timer); forget(); forgetPast(); };
  }, [store]);
  const list = [...known.value.values()];
  return (
    <section class="card stack" data-testid="under-way">
      <h2>{w.list}</h2>
      {list.length === 0 && <p class="muted">{w.none}</p>}
      <ul class="f-list">
        {list.map((one) => <li key={one.id}><Following one={one} zone={zone} asker={asker} mayStop={mayStop} named /><Past one={one} zone={zone} asker={asker} /></li>)}
      </ul>
    </section>
  );
}

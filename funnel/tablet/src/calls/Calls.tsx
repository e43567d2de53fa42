// Calls to make: who, why and when, and what became of each. The tablet and the manager's page show the same list.
import './calls.css';
import { useEffect } from 'preact/hooks';
import { crm } from '../generated/contract';
import { lang } from '../i18n';
import { asking, calls, closed, finish, forget, giveUp, look, reopen, trouble, type Asker, type Call } from './state';
import { words } from './words';

const LOOK_MS = 15_000;
const WHYS = Object.keys(crm.NOT_REACHED) as crm.NotReached[];

type Props = { asker: Asker; zone: string; unattended?: Record<string, string>; quiet?: boolean; mayChange?: boolean };

/** `quiet` shows nothing at all where there is nothing to do. */
export function Calls({ asker, zone, unattended = {}, quiet = false, mayChange = true }: Props) {
  const w = words();
  const question = JSON.stringify(asker.query);
  useEffect(() => {
    void look(asker);
    const timer = window.setInterval(() => { if (!document.hidden) void look(asker, unattended); }, LOOK_MS);
    return () => { window.clearInterval(timer); forget(); };
  }, [question]);
  const list = calls.value;
  if (quiet && trouble.value === null && (list === null || list.length === 0)) return null;
  return (
    <section class="card stack c-calls" data-testid="calls">
      <h2>{w.title}</h2>
      {trouble.value !== null && <p class="note warn" role="status" data-testid="calls-trouble">{w[trouble.value]}</p>}
      {list === null && trouble.value === null && <p class="muted">{w.loading}</p>}
      {list?.length === 0 && <p class="muted">{w.none}</p>}
      {list !== null && list.length > 0 && (
        <>
          <ul class="c-list">
            {list.map((call) => <li key={call.id} data-testid="call"><About call={call} zone={zone} />{mayChange && <Buttons call={call} asker={asker} />}</li>)}
          </ul>
          <p class="meta">{w.number}</p>
        </>
      )}
    </section>
  );
}

function when(at: string, zone: string): string {
  const options: Intl.DateTimeFormatOptions = { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
  return new Intl.DateTimeFormat(lang.value === 'zh' ? 'zh-CN' : 'en-US', { ...options, timeZone: zone }).format(new Date(at));
}

function About({ call, zone }: { call: Call; zone: string }) {
  const w = words();
  return (
    <div class="c-about">
      <p>
        <strong>{call.to_name === '' ? w.nobody : call.to_name}</strong>
        {call.to_last4 !== '' && <span class="meta num"> {w.ending(call.to_last4)}</span>}
      </p>
      <p>{call.what === '' ? w.noNote : call.what}</p>
      <p class="meta">
        <time dateTime={call.due_at}>{w.due(when(call.due_at, zone))}</time> · {call.assignee == null ? w.everybody : w.whose(call.assignee.name)}
      </p>
    </div>
  );
}

function Buttons({ call, asker }: { call: Call; asker: Asker }) {
  const w = words();
  const now = closed.value[call.id];
  if (now !== undefined) {
    const why: Readonly<Record<string, Record<'en' | 'zh', string>>> = crm.NOT_REACHED;
    return (
      <div class="row c-buttons" role="status">
        <span class="pill good" data-testid="call-state">{why[now.why ?? '']?.[lang.value] ?? w.isDone}</span>
        <button type="button" class="btn quiet" data-testid="call-reopen" onClick={() => void reopen(call, asker)}>{w.takeBack}</button>
      </div>
    );
  }
  if (asking.value === call.id) {
    return (
      <div class="row c-buttons" role="group" aria-label={w.why}>
        {WHYS.map((why) => (
          <button type="button" class="btn" key={why} data-testid={`call-${why}`} onClick={() => void giveUp(call, why, asker)}>
            {crm.NOT_REACHED[why][lang.value]}
          </button>
        ))}
        <button type="button" class="btn quiet" onClick={() => { asking.value = ''; }}>{w.back}</button>
      </div>
    );
  }
  return (
    <div class="row c-buttons">
      <button type="button" class="btn" data-testid="call-done" onClick={() => void finish(call, asker)}>{w.done}</button>
      <button type="button" class="btn" data-testid="call-not-reached" onClick={() => { asking.value = call.id; }}>{w.notReached}</button>
    </div>
  );
}

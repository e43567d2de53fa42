// How one visit is followed up: the step that comes next and when, why it is silent or over, and a way to stop it.
import './following.css';
import { messaging } from '../generated/contract';
import { lang } from '../i18n';
import { asking, stop, told, type Asker, type FollowUp } from './state';
import { words } from './words';

type Props = { one: FollowUp; zone: string; asker: Asker; mayStop?: boolean; named?: boolean };

/** `named` says whose visit it was, where nothing around it does. */
export function Following({ one, zone, asker, mayStop = true, named = false }: Props) {
  const w = words();
  const running = one.state === 'running';
  const failed = told.value?.id === one.id ? told.value.word : null;
  return (
    <div class="f-one" data-testid="following" data-state={one.state}>
      <div class="f-about">
        {named && <Whose one={one} zone={zone} />}
        <p>
          <span class={`pill ${running ? 'info' : 'plain'}`}>{running ? w.running : w.ended}</span> <Comes one={one} zone={zone} />
        </p>
        {one.paused_until != null && <p class="meta" data-testid="following-paused">{w.paused(when(one.paused_until, zone))}</p>}
        {one.score != null && <p class="meta" data-testid="following-score">{w.score(one.score)}</p>}
        {failed !== null && <p class="note warn" role="status" data-testid="following-told">{w[failed]}</p>}
      </div>
      {running && mayStop && <Stop one={one} asker={asker} />}
    </div>
  );
}

export function when(at: string, zone: string): string {
  const options: Intl.DateTimeFormatOptions = { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
  return new Intl.DateTimeFormat(lang.value === 'zh' ? 'zh-CN' : 'en-US', { ...options, timeZone: zone }).format(new Date(at));
}

function Whose({ one, zone }: { one: FollowUp; zone: string }) {
  const w = words();
  return (
    <p>
      <strong>{one.to_name === '' ? w.nobody : one.to_name}</strong>
      {one.to_last4 !== '' && <span class="meta num"> {w.ending(one.to_last4)}</span>}
      <span class="meta"> · {[w.outcomes[one.outcome], w.left(when(one.left_at, zone)), one.staff ?? ''].filter(Boolean).join(' · ')}</span>
    </p>
  );
}

function Comes({ one, zone }: { one: FollowUp; zone: string }) {
  const w = words();
  const next = one.next;
  if (one.state !== 'running') return <>{one.why == null ? '' : messaging.FOLLOW_UP_ENDS[one.why][lang.value]}</>;
  if (next == null) return <>{w.last}</>;
  const what = next.kind === 'text' ? w.text(w.purposes[next.purpose] ?? '…') : w.call(next.what);
  return (
    <>
      <strong class="num">{when(next.due_at, zone)}</strong> {what} <span class="meta">({w.step(next.number, one.steps)})</span>
    </>
  );
}

function Stop({ one, asker }: { one: FollowUp; asker: Asker }) {
  const w = words();
  if (asking.value !== one.id) {
    return <button type="button" class="btn quiet" data-testid="following-stop" onClick={() => { asking.value = one.id; }}>{w.stop}</button>;
  }
  return (
    <div class="row" role="group" aria-label={w.sure}>
      <span class="meta">{w.sure}</span>
      <button type="button" class="btn danger" data-testid="following-stop-yes" onClick={() => void stop(one, asker)}>{w.yes}</button>
      <button type="button" class="btn quiet" onClick={() => { asking.value = ''; }}>{w.back}</button>
    </div>
  );
}

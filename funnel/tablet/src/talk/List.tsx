// The conversations of one box, the latest first.
import { signal } from '@preact/signals';
import { serverNow } from '../core/clock';
import { messaging } from '../generated/contract';
import { lang } from '../i18n';
import { aside, box, choose, inbox, open, show, zoneOf, type Conversation } from './state';
import { words } from './words';

/** Minutes that a customer has been waiting are counted by this clock, the server's; it ticks where a list is shown. */
export const minute = signal(serverNow());

export function Boxes({ children }: { children?: preact.ComponentChildren }) {
  const w = words();
  return (
    <div class="segments t-boxes" role="group" aria-label={w.boxesLabel}>
      {messaging.BOXES.map((name) => (
        <button type="button" class="btn" key={name} aria-pressed={box.value === name && !aside.value} data-testid={`box-${name}`} onClick={() => choose(name)}>
          {w.boxes[name]}
          {name === 'waiting' && (inbox.value?.waiting ?? 0) > 0 && <span class="t-count num">{inbox.value?.waiting}</span>}
        </button>
      ))}
      {children}
    </div>
  );
}

export function List() {
  const w = words();
  const items = inbox.value?.items;
  if (items === undefined) return <p class="muted t-none">{w.loading}</p>;
  if (items.length === 0) {
    const [head, hint] = w.none[box.value];
    return (
      <div class="t-none" data-testid="inbox-empty">
        <strong>{head}</strong>
        <p class="muted">{hint}</p>
      </div>
    );
  }
  return (
    <ul class="t-list" data-testid="inbox">
      {items.map((item) => <li key={item.id}><Row item={item} /></li>)}
    </ul>
  );
}

export const nameOf = (item: Conversation): string => (item.name === '' ? words().nobody : item.name);

function Row({ item }: { item: Conversation }) {
  const w = words();
  return (
    <button type="button" class="t-row" aria-pressed={open.value === item.id} data-testid={`talk-${item.last4}`} onClick={() => show(item.id)}>
      <span class="t-line">
        <strong class="t-name">{nameOf(item)}</strong>
        <span class="meta num">{w.number(item.last4)}</span>
        <time class="meta num t-when" dateTime={item.last_at}>{when(item.last_at, zoneOf(item.store))}</time>
      </span>
      <span class="t-line">
        <span class={`t-preview${item.unread > 0 ? ' t-new' : ''}`}>{item.ours ? w.us : ''}{item.preview}</span>
        {item.unread > 0 && <span class="t-count num" aria-label={w.unread(item.unread)}>{item.unread}</span>}
      </span>
      <Marks item={item} />
    </button>
  );
}

/** What wants an eye, in words; nothing for a conversation at rest. */
export function Marks({ item }: { item: Conversation }) {
  const w = words();
  const waited = item.waiting_since === null ? null : Math.floor((minute.value - Date.parse(item.waiting_since)) / 60_000);
  const flag = item.flag === '' ? null : w.flags[item.flag];
  if (waited === null && flag === null && item.opted_out_at === null && item.assigned_to === null) return null;
  return (
    <span class="t-marks">
      {item.opted_out_at !== null && <span class="pill plain">{w.out}</span>}
      {flag !== null && <span class="pill warn">{flag}</span>}
      {waited !== null && <span class={`pill ${waited >= messaging.PROMISE_MINUTES ? 'bad' : 'info'}`}>{w.waits(Math.max(0, waited))}</span>}
      {item.assigned_to !== null && <span class="meta">{item.assigned_to.name}</span>}
    </span>
  );
}

/** The time of today, else the day. */
export function when(at: string, zone: string): string {
  const locale = lang.value === 'zh' ? 'zh-CN' : 'en-GB';
  const day = (date: Date): string => new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(date);
  const today = day(new Date(at)) === day(new Date(minute.value));
  const options: Intl.DateTimeFormatOptions = today ? { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } : { day: 'numeric', month: 'short' };
  return new Intl.DateTimeFormat(locale, { ...options, timeZone: zone }).format(new Date(at));
}

import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Calls } from '../calls/Calls';
import type { Asker } from '../calls/state';
import { Empty, Screen } from '../components/Screen';
import { PinAgain } from '../components/PinAgain';
import { Segments } from '../components/Segments';
import { StageMarks } from '../components/StageRail';
import { guest } from '../components/VisitTabs';
import { isLate } from '../core/answer';
import { mmss, now } from '../core/clock';
import type { VisitView } from '../core/fold';
import { askAgain } from '../core/replies';
import { openSheet } from '../core/sheet';
import { dayOf, followUps, messages, mineFollowUps, net, today, zone } from '../core/state';
import { cancelText, cancelWaiting, endedAs, personOf, reopen } from '../core/verbs';
import type { MessageData } from '../core/wire';
import { Following } from '../following/Following';
import { forget, known, look } from '../following/state';
import { clockTime, dayName, htmlLang, noTextReason, numberProblem, t } from '../i18n';
import { CallInstead } from '../talk/CallInstead';
import * as ids from '../testids';

const whose = signal<'mine' | 'all'>('mine');
const GOOD = new Set(['accepted', 'sent', 'delivered']);
/** Nobody can tell when these will be over, so there is nothing to count down. */
const HELD_BACK = new Set(['over_budget', 'person_talks', 'sender_paused', 'sender_stopped', 'sender_busy']);
const CORRECTABLE = new Set(['number_invalid', 'number_not_mobile', 'number_region', 'number_rejected']);

/** When a text goes that has not gone yet. */
function Due({ message }: { message: MessageData }) {
  if (HELD_BACK.has(message.reason ?? '')) return null;
  if (message.reason !== 'quiet_hours') return <Countdown message={message} />;
  const at = message.send_at ?? '';
  const day = dayOf(Date.parse(at));
  return (
    <p class="countdown" data-testid={ids.putOff}>
      <span class="meta">{t('follow_put_off')}</span>
      <span class="figure-small">{clockTime(at, zone())}</span>
      {day === today.value ? null : <span class="meta">{dayName(day)}</span>}
    </p>
  );
}

/** Painted each second, alone. At zero it says so until the server knows more. */
function Countdown({ message }: { message: MessageData }) {
  const left = Date.parse(message.send_at ?? '') - now.value;
  if (!(left > 0)) return <p class="countdown soon">{t('follow_sending')}</p>;
  return (
    <p class="countdown">
      <span class="meta">{t('follow_in')}</span>
      <span class="figure-small" role="timer" aria-label={t('follow_in')} data-testid={ids.countdown}>
        {mmss(left)}
      </span>
    </p>
  );
}

function State({ view, message }: { view: VisitView; message: MessageData | undefined }) {
  if (cancelWaiting(view.id)) return <Pill tone="warn" state="cancel_pending" words={t('follow_cancel_pending')} />;
  if (message === undefined) {
    return <Pill tone="info" state="none" words={net.value === 'offline' ? t('follow_offline') : t('follow_soon')} />;
  }
  const { state } = message;
  const tone = GOOD.has(state) ? 'good' : state === 'scheduled' ? 'info' : state === 'suppressed' || state === 'canceled' ? 'plain' : 'warn';
  const held = state === 'scheduled' && HELD_BACK.has(message.reason ?? '');
  return <Pill tone={held ? 'warn' : tone} state={state} words={held ? t('follow_waits') : t(`state_${state}`)} />;
}

function Pill({ tone, state, words }: { tone: string; state: string; words: string }) {
  return (
    <span class={`pill ${tone}`} data-testid={ids.textState} data-state={state}>
      {words}
    </span>
  );
}

/** Why there is no text, or what a wish still waits for. */
function Why({ view, message }: { view: VisitView; message: MessageData | undefined }) {
  if (cancelWaiting(view.id)) return <p class="why">{t('follow_cancel_pending_hint')}</p>;
  const person = personOf(view);
  const problem = person && person.rev <= person.acked && person.code ? numberProblem(person.code) : '';
  const words = noTextReason(message?.reason ?? null) || problem;
  return words === '' ? null : <p class="why">{words}</p>;
}

/** What was tapped for this text came too late for it. */
export function Late({ view }: { view: VisitView }) {
  const message = messages.value.get(view.id);
  return message && isLate(message) ? <p class="note warn" data-testid={ids.late}>{t('edit_on_its_way')}</p> : null;
}

function Buttons({ view, message }: { view: VisitView; message: MessageData | undefined }) {
  const person = personOf(view);
  const wrong = CORRECTABLE.has(message?.reason ?? '') || (person?.code ?? null) !== null;
  const waiting = message?.can_cancel === true;
  const cancellable = message === undefined ? person !== undefined : waiting;
  return (
    <div class="row buttons">
      {waiting ? (
        <button type="button" class="btn" data-testid={ids.editText} onClick={() => openSheet({ kind: 'edit', visit: view.id })}>
          {t('follow_edit')}
        </button>
      ) : null}
      {(waiting || message === undefined) && (view.status === 'not_bought' || view.status === 'left_early') ? (
        <button type="button" class="btn" data-testid={ids.boughtAfterAll} onClick={() => openSheet({ kind: 'bought_after_all', visit: view.id })}>
          {t('follow_bought')}
        </button>
      ) : null}
      {(wrong || waiting) && person ? (
        <button type="button" class="btn" data-testid={ids.correctNumber} onClick={() => openSheet({ kind: 'correct', visit: view.id })}>
          {t('follow_correct')}
        </button>
      ) : null}
      {dayOf(Date.parse(view.departed_at ?? '')) === today.value ? (
        <button type="button" class="btn" data-testid={ids.reopen} onClick={() => void reopen(view)}>
          {t('follow_reopen')}
        </button>
      ) : null}
      {cancellable && !cancelWaiting(view.id) ? (
        <button type="button" class="btn danger" data-testid={ids.cancelText} onClick={() => void cancelText(view)}>
          {t('follow_cancel')}
        </button>
      ) : null}
    </div>
  );
}

export function FollowUpRow({ view }: { view: VisitView }) {
  const message = messages.value.get(view.id);
  const last4 = message?.to_last4 || view.customer?.last4 || '';
  return (
    <li class="card follow" data-testid={ids.followup(view.id)}>
      <div class="follow-head">
        <div class="grow">
          <h2>
            {message?.to_name || guest(view)}
            {last4 === '' ? null : <span class="meta"> {t('follow_ending', { last4 })}</span>}
          </h2>
          <p class="meta">
            {endedAs(view.status, view.reason)} · {t('follow_left', { time: clockTime(view.departed_at ?? '', zone()) })}
          </p>
        </div>
        {message?.state === 'scheduled' && !cancelWaiting(view.id) ? <Due message={message} /> : null}
        <State view={view} message={message} />
      </div>
      {message?.edited ? <p class="meta">{t('follow_edited')}</p> : null}
      {message?.body ? (
        <p class="bubble" lang={htmlLang(message.language)} data-testid={ids.textBody}>
          {message.body}
        </p>
      ) : null}
      <Why view={view} message={message} />
      <Late view={view} />
      {message?.can_call ? <CallInstead id={message.id} headers={tablet.headers} ended={tablet.ended} /> : null}
      <After view={view} />
      <div class="follow-foot">
        <StageMarks view={view} />
        <Buttons view={view} message={message} />
      </div>
    </li>
  );
}

const tablet = { headers: { 'X-Acts-On': 'tablet' }, ended: askAgain };
const LOOK_MS = 15_000;

/** What the store's plan does after this visit, by itself. */
function After({ view }: { view: VisitView }) {
  const one = known.value.get(view.id);
  return one === undefined ? null : <Following one={one} zone={zone()} asker={tablet} />;
}

/** The list belongs to the person who signed in on this tablet; without the server there is none, and that is said. */
const asker = (mine: boolean): Asker => ({ query: { mine: String(mine) }, ...tablet });

export function FollowUp() {
  useEffect(() => {
    const ask = (): void => { if (!document.hidden) void look({ limit: '100' }, tablet); };
    ask();
    const timer = setInterval(ask, LOOK_MS);
    return () => { clearInterval(timer); forget(); };
  }, []);
  const list = whose.value === 'mine' ? mineFollowUps.value : followUps.value;
  return (
    <Screen class="follow-list">
      <div class="title-row">
        <div class="grow">
          <h1>{t('follow_title')}</h1>
          <p class="muted">{t('follow_lead')}</p>
        </div>
        <Segments
          label={t('follow_title')}
          value={whose.value}
          choices={[
            { value: 'mine', label: t('follow_mine'), testid: ids.follow('mine') },
            { value: 'all', label: t('follow_all'), testid: ids.follow('all') },
          ]}
          onPick={(value) => (whose.value = value)}
        />
      </div>
      <PinAgain />
      <Calls asker={asker(whose.value === 'mine')} zone={zone()} quiet />
      {list.length === 0 ? (
        <Empty title={t('follow_empty_title')}>{t('follow_empty')}</Empty>
      ) : (
        <ul class="stack">
          {list.map((view) => (
            <FollowUpRow key={view.id} view={view} />
          ))}
        </ul>
      )}
    </Screen>
  );
}

// One conversation: what was said, who has it, and where the answer is written.
import { useEffect, useRef, useState } from 'preact/hooks';
import { Following } from '../following/Following';
import { known, look as lookAfter } from '../following/state';
import { messaging } from '../generated/contract';
import { segments } from '../core/text';
import { htmlLang, lang } from '../i18n';
import { CallInstead } from './CallInstead';
import { Marks, nameOf, when } from './List';
import { aside, away, busy, drafts, failure, give, open, reply, settle, show, thread, type, who, zoneOf, type Said, type Thread as Talk } from './state';
import { words } from './words';

export function Thread({ me }: { me: string }) {
  const w = words();
  const talk = thread.value;
  if (aside.value) return <div />;
  if (open.value === null) {
    return (
      <div class="t-pick">
        <strong>{w.pick}</strong>
        <p class="muted">{w.pickHint}</p>
      </div>
    );
  }
  if (talk === null) return <p class="muted t-pick">{away.value ? w.offline : w.loading}</p>;
  return (
    <section class="t-thread" aria-label={nameOf(talk.conversation)} data-testid="thread">
      <Head talk={talk} me={me} />
      {talk.conversation.visit != null && <FollowedUp talk={talk} visit={talk.conversation.visit} />}
      <Words talk={talk} />
      <Doubt talk={talk} />
      <Answer talk={talk} key={talk.conversation.id} />
    </section>
  );
}

function Head({ talk, me }: { talk: Talk; me: string }) {
  const w = words();
  const { id, assigned_to: keeper, last4, store_name: store } = talk.conversation;
  return (
    <header class="t-head">
      <button type="button" class="btn quiet t-back" data-testid="talk-back" onClick={() => show(null)}>‹ {w.back}</button>
      <div class="t-who">
        <h2>{nameOf(talk.conversation)}</h2>
        <span class="meta num">{w.number(last4)} · {store}</span>
      </div>
      <div class="t-keeper">
        <select class="input" aria-label={w.whose} data-testid="talk-assign" value={keeper?.id ?? ''} disabled={busy.value || away.value}
          onChange={(event) => void give(id, event.currentTarget.value === '' ? null : event.currentTarget.value)}>
          <option value="">{w.everybody}</option>
          {talk.team.map((person) => <option key={person.id} value={person.id}>{person.name}</option>)}
        </select>
        {keeper?.id !== me && talk.team.some((person) => person.id === me) && (
          <button type="button" class="btn" disabled={busy.value || away.value} data-testid="talk-take" onClick={() => void give(id, me)}>{w.take}</button>
        )}
        {talk.paused && talk.conversation.flag !== 'doubtful' && (
          <button type="button" class="btn" title={w.doneHint} disabled={busy.value || away.value} data-testid="talk-done"
            onClick={() => void settle(id, 'done')}>{w.done}</button>
        )}
      </div>
      <Marks item={{ ...talk.conversation, assigned_to: null }} />
    </header>
  );
}

/** What follows the last visit by itself: whoever talks should know, and may stop it. */
function FollowedUp({ talk, visit }: { talk: Talk; visit: string }) {
  const said = talk.texts.length;
  useEffect(() => void lookAfter({ visit }, who()), [visit, said]);
  const one = known.value.get(visit);
  if (one === undefined) return null;
  return <div class="t-follow"><Following one={one} zone={zoneOf(talk.conversation.store)} asker={who()} /></div>;
}

function Words({ talk }: { talk: Talk }) {
  const list = useRef<HTMLDivElement>(null);
  const last = talk.texts.at(-1)?.id;
  useEffect(() => {
    list.current?.scrollTo({ top: list.current.scrollHeight });
  }, [last]);
  return (
    <div class="t-words" ref={list} role="log" tabIndex={0} aria-label={words().title}>
      <ol>
        {talk.texts.map((text) => <Bubble key={text.id} text={text} talk={talk} />)}
      </ol>
    </div>
  );
}

function Bubble({ text, talk }: { text: Said; talk: Talk }) {
  const w = words();
  const beside = [when(text.at, zoneOf(talk.conversation.store))];
  if (text.automatic) beside.push(w.automatic);
  else if (text.by !== null) beside.push(w.by(text.by));
  if (text.state_word !== null) beside.push(w.states[text.state_word]);
  const heard = text.verdict === null ? '' : w.heard[text.verdict];
  const reasons: Readonly<Record<string, Record<'en' | 'zh', string>>> = messaging.REASONS;
  const why = text.reason === null ? undefined : reasons[text.reason]?.[lang.value];
  return (
    <li class={text.ours ? 't-ours' : 't-theirs'} data-testid={text.ours ? 'said' : 'heard'}>
      {text.body !== '' && <p class="t-bubble" lang={htmlLang(talk.language)}>{text.body}</p>}
      {text.erased && text.body === '' && <span class="meta" data-testid="said-erased">{w.erased}</span>}
      {text.media > 0 && <span class="meta">{w.pictures(text.media)}</span>}
      {text.score !== null && <span class="pill info" data-testid="said-score">{w.scored(text.score)}</span>}
      {heard !== '' && <span class="pill warn">{heard}</span>}
      <span class="meta num">{beside.join(' · ')}</span>
      {why !== undefined && text.ours && <span class="t-why">{why}</span>}
      {text.can_call && <CallInstead id={text.id} headers={who().headers} ended={who().ended} />}
    </li>
  );
}

function Doubt({ talk }: { talk: Talk }) {
  const w = words();
  const { id, flag, opted_out_at: out } = talk.conversation;
  if (flag !== 'doubtful' || out !== null) return null;
  const off = busy.value || away.value;
  return (
    <div class="note warn t-doubt" role="status">
      <strong>{w.doubtTitle}</strong>
      <p>{w.doubtText}</p>
      <div class="row">
        <button type="button" class="btn" disabled={off} data-testid="doubt-stop" onClick={() => void settle(id, 'opted_out')}>{w.doubtStop}</button>
        <button type="button" class="btn quiet" disabled={off} data-testid="doubt-go-on" onClick={() => void settle(id, 'not_opted_out')}>{w.doubtGo}</button>
      </div>
    </div>
  );
}

function Answer({ talk }: { talk: Talk }) {
  const w = words();
  const { id } = talk.conversation;
  const [quick, setQuick] = useState<string | null>(null);
  const draft = drafts.value[id] ?? '';
  if (!talk.may_reply) {
    const reasons: Readonly<Record<string, Record<'en' | 'zh', string>>> = messaging.REASONS;
    return <p class="note t-locked" data-testid="reply-locked">{reasons[talk.why_not ?? '']?.[lang.value]}</p>;
  }
  // What may not be written freely is a quick reply, to the letter.
  const fixed = !talk.free_words;
  const sayable = !fixed || talk.quick_replies.some(({ body }) => body === draft.trim());
  const speechless = fixed && talk.quick_replies.length === 0;
  const cost = segments(draft.trim());
  const tooLong = cost > messaging.MAX_FREE_SEGMENTS;
  const failed = failure.value?.id === id ? failure.value.code : null;
  return (
    <form class="t-answer" onSubmit={(event) => { event.preventDefault(); void reply(id, quick); }}>
      {away.value && <p class="note warn" role="status" data-testid="talk-offline">{w.offline}</p>}
      {failed !== null && !(away.value && failed === 'offline' && draft === '') && <p class="note bad" role="alert" data-testid="reply-failed">{failureWords(failed)}</p>}
      {fixed && <p class="note" data-testid="reply-fixed">{!talk.registered_only ? w.onlyQuick : speechless ? w.noneRegistered : w.onlyRegistered}</p>}
      <div class="t-quick" role="group" aria-label={w.quickLabel}>
        {talk.quick_replies.map(({ purpose, body }) => (
          <button type="button" class="btn" key={purpose} data-testid={`quick-${purpose}`} onClick={() => { setQuick(purpose); type(id, body); }}>
            {w.quick[purpose as keyof typeof w.quick]}
          </button>
        ))}
      </div>
      {!speechless && <div class="t-write">
        <textarea class="input" rows={2} maxLength={1000} aria-label={w.write} placeholder={w.write} value={draft} lang={htmlLang(talk.language)}
          readOnly={fixed} data-testid="reply-words" onInput={(event) => type(id, event.currentTarget.value)} />
        <button type="submit" class="btn primary" disabled={draft.trim() === '' || tooLong || !sayable || busy.value} data-testid="reply-send">
          {busy.value ? w.sending : w.send}
        </button>
      </div>}
      <p class="row meta">
        {draft.trim() !== '' && <span class={`num${tooLong ? ' error' : ''}`} role={tooLong ? 'alert' : undefined} data-testid="reply-segments">{w.messages(cost, messaging.MAX_FREE_SEGMENTS)}</span>}
        {talk.paused && talk.conversation.flag !== 'doubtful' && <span>{w.paused}</span>}
      </p>
    </form>
  );
}

function failureWords(code: string): string {
  const w = words();
  const reasons: Readonly<Record<string, Record<'en' | 'zh', string>>> = messaging.REASONS;
  return (w.failures as Readonly<Record<string, string>>)[code] ?? reasons[code]?.[lang.value] ?? w.failures.server;
}

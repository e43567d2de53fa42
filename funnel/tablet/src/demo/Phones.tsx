// The customers' phones: which there are, and what has arrived on the one that is looked at.
import { computed, signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { htmlLang, lang } from '../i18n';
import { words } from './i18n';
import { answer, latest, phones, zone, type Phone, type Text } from './state';

/** The phone that somebody chose. Until then the one with the newest text is looked at. */
const chosen = signal<string | null>(null);
const current = computed<Phone | undefined>(
  () => phones.value.find((phone) => phone.number === chosen.value) ?? phones.value.find((phone) => phone.texts.length > 0),
);
const newest = computed<string>(() => phones.value.reduce((all, phone) => (latest(phone) > all ? latest(phone) : all), ''));

// A text that arrives is what everybody waits for, so it takes the screen back from whatever was chosen before, but not
// from somebody who is writing: their words would go out in another customer's name.
let seen = '';
let writing = false;
newest.subscribe((at) => {
  if (seen !== '' && at > seen && !writing) chosen.value = null;
  seen = at;
});

const nameOf = (phone: Phone): string => (phone.name === '' ? words().unknownName : phone.name);

export function PhoneList() {
  const w = words();
  return (
    <nav class="d-list" aria-label={w.phones}>
      {phones.value.map((phone) => (
        <button type="button" key={phone.number} class="d-person" data-testid={`phone-${phone.number.replace(/\D/g, '')}`}
          aria-pressed={phone.number === current.value?.number} onClick={() => { chosen.value = phone.number; }}>
          <span class="d-name">
            <span>{nameOf(phone)}</span>
            {phone.texts.length > 0 && latest(phone) === newest.value && <span class="pill plain">{w.fresh}</span>}
          </span>
          <span class="meta num">··{phone.last4} · {w.texts(phone.texts.length)}</span>
        </button>
      ))}
    </nav>
  );
}

/** A phone, drawn; what is on it is a plain list of texts, oldest first. */
export function Screen() {
  const w = words();
  const phone = current.value;
  return (
    <div class="d-handset">
      <div class="d-glass">
        <div class="d-sender">
          <strong>{phone?.texts.at(-1)?.brand ?? w.phone}</strong>
          {phone !== undefined && <span class="meta num">{nameOf(phone)} · ··{phone.last4}</span>}
        </div>
        {phone === undefined ? (
          <div class="d-nothing" data-testid="phone-empty">
            <strong>{w.noTexts}</strong>
            <p class="muted">{w.noTextsHint}</p>
          </div>
        ) : (
          <>
            <Thread key={phone.number} texts={phone.texts} />
            <Answer key={`answer-${phone.number}`} phone={phone} />
          </>
        )}
      </div>
    </div>
  );
}

function Thread({ texts }: { texts: readonly Text[] }) {
  const list = useRef<HTMLDivElement>(null);
  const sorted = [...texts].sort((a, b) => a.at.localeCompare(b.at));
  const last = sorted.at(-1);
  useEffect(() => {
    list.current?.scrollTo({ top: list.current.scrollHeight });
  }, [last?.id]);
  return (
    <div class="d-thread" ref={list} role="log" tabIndex={0} aria-label={words().phone} data-testid="thread">
      <ol>
        {sorted.length === 0 && <li class="muted">{words().noTexts}</li>}
        {sorted.map((text) => (
          <li key={text.id} class={classOf(text, text === last)} data-testid={text.mine ? 'answer' : 'text'}>
            <time class="meta num" dateTime={text.at}>{moment(text.at)}</time>
            <p class="d-bubble" lang={text.language === 'zh' || text.language === 'en' ? htmlLang(text.language) : htmlLang(lang.value)}>
              {text.mine ? text.body : withLinks(text.body)}
            </p>
          </li>
        ))}
      </ol>
    </div>
  );
}

/** As a phone shows them: an address can be tapped. What ends a sentence after it is no part of it. */
function withLinks(body: string): preact.ComponentChildren {
  return body.split(/(https?:\/\/[\w.:/~%?=&#-]*[\w/])/).map((part, n) => (
    n % 2 === 0 ? part : <a key={n} href={part} target="_blank" rel="noreferrer" data-testid="text-link">{part}</a>
  ));
}

function classOf(text: Text, isLast: boolean): string | undefined {
  if (text.mine) return 'd-mine';
  return isLast && text.at === newest.value ? 'd-fresh' : undefined;
}

/** Where the customer answers: any words, or the one that ends all texts. */
function Answer({ phone }: { phone: Phone }) {
  const w = words();
  const [said, setSaid] = useState('');
  useEffect(() => {
    writing = said !== '';
    if (writing) chosen.value = phone.number;
    return () => { writing = false; };
  }, [said, phone.number]);
  const [failed, setFailed] = useState(false);
  const say = async (body: string): Promise<void> => {
    if (body.trim() === '') return;
    const heard = await answer(phone.number, body);
    setFailed(!heard);
    if (heard) setSaid('');
  };
  return (
    <form class="d-answer" onSubmit={(event) => { event.preventDefault(); void say(said); }}>
      {failed && <p class="note bad" role="alert">{w.notAnswered}</p>}
      <input class="input" type="text" maxLength={1600} autoComplete="off" aria-label={w.answer} placeholder={w.answer}
        value={said} data-testid="answer-words" onInput={(event) => setSaid(event.currentTarget.value)} />
      <button type="submit" class="btn primary" disabled={said.trim() === ''} data-testid="answer-send">{w.send}</button>
      <button type="button" class="btn" data-testid="answer-stop" onClick={() => void say(w.stop)}>{w.stop}</button>
    </form>
  );
}

/** With the weekday: the demo's clock may have jumped to another day. */
function moment(at: string): string {
  const options: Intl.DateTimeFormatOptions = { weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
  const format = new Intl.DateTimeFormat(lang.value === 'zh' ? 'zh-CN' : 'en-GB', { ...options, timeZone: zone.value });
  return format.format(new Date(at));
}

// Texts of which nobody knows whether they were sent, and the three things a person can say about one.
import { language } from '../i18n';
import type { MessageData } from '../../core/wire';
import { clockTime, longDay } from '../format';
import { asking, decide, said, type Decision } from './state';
import { words } from './words';

const DECISIONS: readonly Decision[] = ['sent', 'again', 'drop'];

export function Doubts({ texts }: { texts: readonly MessageData[] }) {
  const w = words();
  return (
    <section class="card t-card" data-testid="doubts">
      <h2>{w.doubtful}</h2>
      <p class="muted">{w.doubtfulLead}</p>
      <ul class="t-list">
        {texts.map((text) => <Doubt key={text.id} text={text} />)}
      </ul>
    </section>
  );
}

function Doubt({ text }: { text: MessageData }) {
  const w = words();
  const answer = said.value[text.id];
  const at = text.send_at ?? '';
  return (
    <li data-testid="doubt">
      <p>
        <strong>{w.to(text.to_name, text.to_last4)}</strong>{' '}
        <span class="meta">{longDay(language.value, at.slice(0, 10))} · {clockTime(language.value, at, null)}</span>
      </p>
      <p class="t-body" lang={text.language === 'zh' ? 'zh-Hans' : 'en'}>{text.body}</p>
      {answer === 'too_late' && <p class="note" role="status">{w.tooLate}</p>}
      {answer === 'not_done' && <p class="note warn" role="status">{w.notDone}</p>}
      {text.can_resolve ? <Buttons id={text.id} again={text.can_send_again} /> : <p class="meta">{w.asking}</p>}
    </li>
  );
}

function Buttons({ id, again }: { id: string; again: boolean }) {
  const w = words();
  if (asking.value === id) {
    return (
      <div class="row t-buttons" role="group">
        <span class="grow">{w.againSure}</span>
        <button type="button" class="btn danger" data-testid="resolve-again-sure" onClick={() => void decide(id, 'again')}>{w.decide.again}</button>
        <button type="button" class="btn quiet" onClick={() => (asking.value = '')}>{w.back}</button>
      </div>
    );
  }
  return (
    <div class="row t-buttons">
      {DECISIONS.filter((decision) => again || decision !== 'again').map((decision) => (
        <button key={decision} type="button" class="btn" data-testid={`resolve-${decision}`}
          onClick={() => (decision === 'again' ? (asking.value = id) : void decide(id, decision))}>
          {w.decide[decision]}
        </button>
      ))}
    </div>
  );
}

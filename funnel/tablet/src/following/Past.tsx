// What became of the texts of one visit's plan: each with its fate and, if it was not sent, why. Managers' pages alone.
import { signal } from '@preact/signals';
import { API, json, Problem } from '../core/http';
import type { components } from '../generated/api';
import { lang } from '../i18n';
import { textReason, textState } from '../manage/i18n';
import type { Asker, FollowUp } from './state';
import { when } from './Following';
import { words } from './words';

// Not among the other words: the tablet, which must stay small, has those too.
const WORDS = {
  en: { past: 'What became of its texts?', noText: 'None of its texts has come due yet.', unreachable: 'The server cannot be reached. Try again' },
  zh: { past: '之前的短信发出了吗？', noText: '还没有到发送时间的短信。', unreachable: '无法连接服务器，重试' },
};

type Text = components['schemas']['MessageOut'];
/** By visit, once somebody asked. */
const texts = signal<Readonly<Record<string, Text[] | 'failed'>>>({});

export function forgetPast(): void {
  texts.value = {};
}

async function ask(visit: string, asker: Asker): Promise<void> {
  try {
    const found = await json<components['schemas']['MessagesOut']>(`${API}/messages?visit=${visit}&limit=200`, { headers: asker.headers });
    texts.value = { ...texts.value, [visit]: found.items };
  } catch (error) {
    if (error instanceof Problem && error.status === 401) asker.ended(error);
    else texts.value = { ...texts.value, [visit]: 'failed' };
  }
}

export function Past({ one, zone, asker }: { one: FollowUp; zone: string; asker: Asker }) {
  const w = { ...words(), ...WORDS[lang.value] };
  const { visit } = one;
  if (visit == null) return null;
  const found = texts.value[visit];
  if (found === undefined || found === 'failed') {
    return (
      <button type="button" class="btn quiet" data-testid="following-past" onClick={() => void ask(visit, asker)}>
        {found === 'failed' ? w.unreachable : w.past}
      </button>
    );
  }
  // The text five minutes after leaving is of no plan.
  const steps = found.filter((text) => text.purpose in w.purposes).sort((a, b) => a.closing - b.closing);
  if (steps.length === 0) return <p class="meta" data-testid="following-steps">{w.noText}</p>;
  return (
    <ol class="f-past" data-testid="following-steps">
      {steps.map((text) => (
        <li key={text.id} class="meta" data-state={text.state}>
          <span class="num">{when(text.sent_at ?? text.send_at, zone)}</span> {w.text(w.purposes[text.purpose] ?? '')}: {text.reason == null ? textState(text.state) : textReason(text.reason)}
        </li>
      ))}
    </ol>
  );
}

// What became of the texts and calls of one visit's plan: each with its fate and, if it did not come about, why. Managers'
// pages alone.
import { signal } from '@preact/signals';
import { API, json, Problem } from '../core/http';
import type { components } from '../generated/api';
import { crm, messaging } from '../generated/contract';
import { lang } from '../i18n';
import { textReason, textState } from '../manage/i18n';
import type { Asker, FollowUp } from './state';
import { when } from './Following';
import { words } from './words';

// Not among the other words: the tablet, which must stay small, has those too.
const en = {
  past: 'What became of its texts and calls?',
  nothing: 'None of its texts or calls has come due yet.',
  unreachable: 'The server cannot be reached. Try again',
  open: (whose: string) => (whose === '' ? 'Still to be made, by whoever is free' : `Still to be made, by ${whose}`),
  done: 'Made',
  by: (what: string, name: string) => `${what}, by ${name}`,
  dropped: 'No longer needed.',
};
const zh: typeof en = {
  past: '之前的短信和电话怎么样了？',
  nothing: '还没有到时间的短信或电话。',
  unreachable: '无法连接服务器，重试',
  open: (whose) => (whose === '' ? '还没打，谁有空谁打' : `还没打，由 ${whose} 打`),
  done: '已打',
  by: (what, name) => `${what}（${name}）`,
  dropped: '已不需要再打。',
};
const WORDS = { en, zh };

type Schemas = components['schemas'];
type Call = Schemas['StepCallOut'];
type Steps = { texts: Schemas['MessageOut'][]; calls: Call[] };
/** By follow-up, once somebody asked. */
const steps = signal<Readonly<Record<string, Steps | 'failed'>>>({});

export function forgetPast(): void {
  steps.value = {};
}

async function ask(one: FollowUp, visit: string, { headers, ended }: Asker): Promise<void> {
  try {
    const [texts, calls] = await Promise.all([
      json<Schemas['MessagesOut']>(`${API}/messages?visit=${visit}&limit=200`, { headers }),
      json<Schemas['StepCallsOut']>(`${API}/follow-ups/${one.id}/calls?limit=200`, { headers }),
    ]);
    steps.value = { ...steps.value, [one.id]: { texts: texts.items, calls: calls.items } };
  } catch (error) {
    if (error instanceof Problem && error.status === 401) ended(error);
    else steps.value = { ...steps.value, [one.id]: 'failed' };
  }
}

/** How a call ended, and by whose hand; where the plan ended first, that is why. */
function fate(call: Call, one: FollowUp): string {
  const w = WORDS[lang.value];
  if (call.state === 'open') return w.open(call.assignee ?? '');
  if (call.state === 'dropped') return [w.dropped, one.why == null ? '' : messaging.FOLLOW_UP_ENDS[one.why][lang.value]].filter(Boolean).join(' ');
  const what = call.why == null ? w.done : crm.NOT_REACHED[call.why][lang.value];
  return call.closed_by == null ? what : w.by(what, call.closed_by);
}

export function Past({ one, zone, asker }: { one: FollowUp; zone: string; asker: Asker }) {
  const w = { ...words(), ...WORDS[lang.value] };
  const { visit } = one;
  if (visit == null) return null;
  const found = steps.value[one.id];
  if (found === undefined || found === 'failed') {
    return (
      <button type="button" class="btn quiet" data-testid="following-past" onClick={() => void ask(one, visit, asker)}>
        {found === 'failed' ? w.unreachable : w.past}
      </button>
    );
  }
  const lines = [
    // The text five minutes after leaving is of no plan.
    ...found.texts.filter((text) => text.purpose in w.purposes).map((text) => ({
      id: text.id, number: text.closing, state: text.state, at: text.sent_at ?? text.send_at, what: w.text(w.purposes[text.purpose] ?? ''),
      fate: text.reason == null ? textState(text.state) : textReason(text.reason),
    })),
    ...found.calls.map((call) => ({
      id: call.id, number: call.number, state: call.state, at: call.closed_at ?? call.due_at, what: w.call(call.what), fate: fate(call, one),
    })),
  ].sort((a, b) => a.number - b.number);
  if (lines.length === 0) return <p class="meta" data-testid="following-steps">{w.nothing}</p>;
  return (
    <ol class="f-past" data-testid="following-steps">
      {lines.map((line) => (
        <li key={line.id} class="meta" data-state={line.state}>
          <span class="num">{when(line.at, zone)}</span> {line.what}: {line.fate}
        </li>
      ))}
    </ol>
  );
}

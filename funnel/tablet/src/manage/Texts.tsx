import { messaging } from '../generated/contract';
import { count } from './format';
import { language, TEXT_STATES, words } from './i18n';
import type { Language, Overview } from './types';

function stateName(state: string, lang: Language): string {
  return state in TEXT_STATES ? TEXT_STATES[state as messaging.State][lang] : state;
}

/** The sentence a text's own row carries, without its "No text:": here it stands under a heading that says so. */
export function reasonName(reason: string, lang: Language): string {
  if (!(reason in messaging.REASONS)) return reason;
  const sentence: string = messaging.REASONS[reason as messaging.Reason][lang];
  const short = sentence.replace(/^(No (second )?text( yet)?: |Not sent: |不发送：|暂不发送：|不重复发送：|未发出：)/, '');
  return short.charAt(0).toUpperCase() + short.slice(1);
}

type Line = { key: string; name: string; n: number };

function Lines({ caption, head, lines }: { caption: string; head: string; lines: readonly Line[] }) {
  return (
    <table class="m-table m-lines">
      <caption class="sr-only">{caption}</caption>
      <thead class="sr-only">
        <tr><th scope="col">{head}</th><th scope="col">{words().texts}</th></tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <tr key={line.key} data-testid={`text-${line.key}`}>
            <th scope="row">{line.name}</th>
            <td class="m-end num"><strong>{count(language.value, line.n)}</strong></td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function Texts({ report }: { report: Overview }) {
  const w = words();
  const lang = language.value;
  const states = report.texts.filter((text) => text.n > 0).map(({ state, n }) => ({ key: state, name: stateName(state, lang), n }));
  const reasons = report.texts_not_sent.map(({ reason, n }) => ({ key: reason, name: reasonName(reason, lang), n }));
  return (
    <section class="card m-texts" data-testid="texts">
      <h2>{w.texts}</h2>
      {states.length === 0 ? <p class="muted">{w.noTexts}</p> : <Lines caption={w.texts} head={w.state} lines={states} />}
      {reasons.length > 0 && (
        <>
          <h3>{w.whyNot}</h3>
          <Lines caption={w.whyNot} head={w.reason} lines={reasons} />
        </>
      )}
    </section>
  );
}

import { Open } from './Behind';
import { textReason, textState, words } from './i18n';
import type { Overview } from './types';

/** The sentence a text's own row carries, without its "No text:": here it stands under a heading that says so. */
export function reasonName(reason: string): string {
  const short = textReason(reason).replace(/^(No (second )?text( yet)?: |Held back: |Waits: |Not sent: |不发送：|暂不发送：|不重复发送：|未发出：|暂停发送：|稍候发送：)/, '');
  return short.charAt(0).toUpperCase() + short.slice(1);
}

type Line = { key: string; name: string; n: number; query: Record<string, string> };

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
            <td class="m-end num"><Open title={line.name} of="texts" n={line.n} query={line.query} /></td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function Texts({ report }: { report: Overview }) {
  const w = words();
  const states = report.texts.filter((text) => text.n > 0).map(({ state, n }) => ({ key: state, name: textState(state), n, query: { state } }));
  const reasons = report.texts_not_sent.map(({ reason, n }) => ({ key: reason, name: reasonName(reason), n, query: { why_none: reason } }));
  const waiting = report.texts_waiting.map(({ reason, n }) => ({ key: reason, name: reasonName(reason), n, query: { waits_for: reason } }));
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
      {waiting.length > 0 && (
        <>
          <h3>{w.whyWaiting}</h3>
          <Lines caption={w.whyWaiting} head={w.reason} lines={waiting} />
        </>
      )}
    </section>
  );
}

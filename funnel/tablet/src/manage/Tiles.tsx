import type { ComponentChildren } from 'preact';
import { certainty } from '../core/rates';
import { Open } from './Behind';
import { count, money } from './format';
import { language, words } from './i18n';
import { IntervalLine, Rate } from './parts';
import type { Overview, Share } from './types';

export function Tiles({ report }: { report: Overview }) {
  return (
    <div class="m-tiles">
      <Visits report={report} />
      <CloseRate report={report} />
      <Sales report={report} />
      <SendOffs report={report} />
    </div>
  );
}

function Tile({ name, testId, note, children }: { name: string; testId: string; note: string; children: ComponentChildren }) {
  return (
    <section class="card m-tile" data-testid={testId}>
      <h2>{name}</h2>
      {children}
      <p class="meta m-tile-note">{note}</p>
    </section>
  );
}

function Visits({ report }: { report: Overview }) {
  const w = words();
  const n = (value: number): string => count(language.value, value);
  const { visits } = report;
  const notes = [w.people(n(visits.people))];
  if (visits.open > 0) notes.push(w.stillOpen(n(visits.open)));
  if (visits.not_closed_out > 0) notes.push(w.notClosedOut(n(visits.not_closed_out)));
  return (
    <Tile name={w.visits} testId="tile-visits" note={notes.join(' · ')}>
      <p class="figure">
        <Open title={w.visits} of="visits" n={visits.n} query={{}} />
      </p>
    </Tile>
  );
}

function CloseRate({ report }: { report: Overview }) {
  const w = words();
  const sure = certainty(report.close);
  return (
    <Tile name={w.closeRate} testId="tile-close" note={w.closeNote}>
      <Rate share={report.close} big />
      {sure === 'count' && <p class="meta">{w.tooFew}</p>}
      {(sure === 'few' || sure === 'enough') && <IntervalLine share={report.close} scale={1} />}
    </Tile>
  );
}

/** One line for each currency: money of two currencies is never added up. */
function Sales({ report }: { report: Overview }) {
  const w = words();
  const lang = language.value;
  // An average of the sales whose amount is known.
  return (
    <Tile name={w.sales} testId="tile-sales" note={w.salesNote}>
      {report.money.length + report.bought_without_amount === 0 && <p class="muted">{w.noSales}</p>}
      {report.money.map(({ currency, gross_minor, bought, average_minor }) => (
        <p class="m-money" key={currency}>
          <strong class="num">{money(lang, gross_minor, currency)}</strong>
          {bought > 0 && (
            <span class="meta">{w.soldTimes(count(lang, bought), money(lang, average_minor, currency))}</span>
          )}
        </p>
      ))}
      {report.bought_without_amount > 0 && (
        <p class="meta">{w.withoutAmount(count(lang, report.bought_without_amount))}</p>
      )}
    </Tile>
  );
}

function SendOffs({ report }: { report: Overview }) {
  const w = words();
  const one = report.funnels.length === 1 ? report.funnels[0] : undefined;
  // The interval belongs to one playbook's own count; a sum over several is printed as k of n alone.
  const sum = (pick: (share: Share) => number): number => report.funnels.reduce((all, funnel) => all + pick(funnel.sends), 0);
  const share = one?.sends ?? { k: sum((each) => each.k), n: sum((each) => each.n) };
  return (
    <Tile name={w.sendOffs} testId="tile-send-offs" note={w.sendOffsNote}>
      <Rate share={share} big />
    </Tile>
  );
}

import { TOO_FEW } from '../core/rates';
import { Open } from './Behind';
import { count, percent } from './format';
import { language, titled, words } from './i18n';
import { Bar, Rate } from './parts';
import type { FunnelReport, Share } from './types';

type Step = { key: string; title: string; n: number; ofPrevious: Share | null };

function stepsOf(funnel: FunnelReport): Step[] {
  const stages = funnel.stages.map((stage) => ({
    key: stage.key,
    title: titled(stage.title),
    n: stage.n,
    ofPrevious: stage.of_previous,
  }));
  return [...stages, { key: 'bought', title: words().bought, n: funnel.bought, ofPrevious: funnel.bought_of_previous }];
}

/**
 * The step at which most visits stop; null when nothing is lost, or too little to speak of. An open visit is still
 * there: a step down that the open ones alone could explain is not called a loss.
 */
export function biggestLoss(counts: readonly number[], open: number): number | null {
  let worst: number | null = null;
  let most = open;
  for (let index = 1; index < counts.length; index += 1) {
    const before = counts[index - 1] ?? 0;
    const lost = before - (counts[index] ?? 0);
    if (lost > most && before >= TOO_FEW) {
      most = lost;
      worst = index;
    }
  }
  return worst;
}

export function Funnel({ funnel, open }: { funnel: FunnelReport; open: number }) {
  const w = words();
  const lang = language.value;
  const steps = stepsOf(funnel);
  const first = steps[0];
  const worst = biggestLoss(steps.map((step) => step.n), open);
  const before = worst === null ? undefined : steps[worst - 1];
  const after = worst === null ? undefined : steps[worst];
  return (
    <section class="card m-funnel" data-testid="funnel">
      <h2>{w.funnel}</h2>
      <p class="meta">
        {titled(funnel.title)} · v{funnel.playbook.split('@')[1]}
      </p>
      {before !== undefined && after !== undefined && (
        <p>{w.lossSentence(before.title, after.title, count(lang, before.n - after.n))}</p>
      )}
      {open > 0 && <p class="meta">{w.openMayGoOn(count(lang, open))}</p>}
      <table class="m-table">
        <caption class="sr-only">{w.funnel}: {titled(funnel.title)}</caption>
        <thead>
          <tr>
            <th scope="col">{w.stage}</th>
            <th scope="col" colSpan={2}>{w.visits}</th>
            <th scope="col">{w.ofPrevious}</th>
          </tr>
        </thead>
        <tbody>
          {steps.map((step, index) => (
            <tr key={step.key} class={index === worst ? 'm-worst' : undefined} data-testid={`funnel-${step.key}`}>
              <th scope="row">{step.title}</th>
              <td class="m-n num">
                <Open title={step.title} of="visits" n={step.n} query={{ playbook: funnel.playbook, got_to: step.key }} />
              </td>
              <td class="m-bar-cell">
                <Bar part={step.n} whole={first?.n ?? 0} tone={step.key === 'bought' ? 'm-sold' : ''} />
              </td>
              <td class="m-step">
                {step.ofPrevious !== null && <Rate share={step.ofPrevious} />}
                {index === worst && before !== undefined && (
                  <span class="pill warn">{w.biggestLoss} −{percent(lang, (before.n - step.n) / before.n)}</span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

import { certainty } from '../core/rates';
import { Open } from './Behind';
import { count, percent } from './format';
import { language, titled, words } from './i18n';
import { Bar } from './parts';
import type { Overview } from './types';

export function Reasons({ report }: { report: Overview }) {
  const w = words();
  const lang = language.value;
  // "No reason given" is not a reason: it stands last, however many there are.
  const ranked = [...report.reasons].sort((a, b) => Number(a.code === null) - Number(b.code === null) || b.n - a.n);
  const most = Math.max(0, ...ranked.map((reason) => reason.n));
  return (
    <section class="card m-reasons" data-testid="reasons">
      <h2>{w.reasons}</h2>
      {ranked.length === 0 ? (
        <p class="muted">{w.noneLost}</p>
      ) : (
        <>
          <p class="meta">{w.lostVisits(count(lang, report.lost))}</p>
          <table class="m-table">
            <caption class="sr-only">{w.reasons}</caption>
            <thead class="sr-only">
              <tr>
                <th scope="col">{w.reason}</th>
                <th scope="col">{w.visits}</th>
                <th scope="col">{w.share}</th>
              </tr>
            </thead>
            <tbody>
              {ranked.map(({ code, title, n, share }) => (
                <tr key={code}>
                  <th scope="row">{titled(title)}</th>
                  <td class="m-bar-cell">
                    <Bar part={n} whole={most} tone={code === null ? 'm-none' : 'm-lost'} />
                    <span class="sr-only">{count(lang, n)}</span>
                  </td>
                  <td class="m-end num">
                    <Open title={titled(title)} of="visits" n={n} query={{ reason: code ?? '' }} />
                    {certainty(share) === 'enough' && <span class="muted"> · {percent(lang, share.k / share.n)}</span>}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
    </section>
  );
}

import { certainty } from '../core/rates';
import { count, percent } from './format';
import { language, words } from './i18n';
import { Bar, Rate } from './parts';
import type { Overview } from './types';

type Scores = Overview['liking']['scores'];

/** How often each score was given, the best first. No average: of few answers it would say more than they do. */
function Given({ scores }: { scores: Scores }) {
  const w = words();
  const lang = language.value;
  const most = Math.max(0, ...scores.map(({ share }) => share.k));
  return (
    <table class="m-table">
      <caption class="sr-only">{w.liking}</caption>
      <thead class="sr-only">
        <tr><th scope="col">{w.score}</th><th scope="col">{w.answers}</th><th scope="col">{w.share}</th></tr>
      </thead>
      <tbody>
        {scores.map(({ score, share }) => (
          <tr key={score} data-testid={`score-${score}`}>
            <th scope="row" class="num">{w.scored(score)}</th>
            <td class="m-bar-cell"><Bar part={share.k} whole={most} /><span class="sr-only">{count(lang, share.k)}</span></td>
            <td class="m-end num">
              {count(lang, share.k)}
              {certainty(share) === 'enough' && <span class="muted"> · {percent(lang, share.k / share.n)}</span>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function ByStore({ stores, scores }: { stores: Overview['liking']['by_store']; scores: Scores }) {
  const w = words();
  const lang = language.value;
  return (
    <table class="m-table m-liked-by">
      <caption class="sr-only">{w.stores}</caption>
      <thead>
        <tr>
          <th scope="col">{w.store}</th>
          <th scope="col" class="m-end">{w.answered}</th>
          {scores.map(({ score }) => <th scope="col" class="m-end num" key={score} aria-label={w.scored(score)}>{score}</th>)}
        </tr>
      </thead>
      <tbody>
        {stores.map((store) => (
          <tr key={store.id}>
            <th scope="row">{store.name}</th>
            <td class="m-end num">{store.answered.n === 0 ? '–' : w.ofAll(count(lang, store.answered.k), count(lang, store.answered.n))}</td>
            {store.scores.map(({ score, share }) => <td class="m-end num" key={score}>{count(lang, share.k)}</td>)}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function Liking({ report }: { report: Overview }) {
  const w = words();
  // A page that was kept by an older version does not have it.
  const liking = (report as Partial<Overview>).liking;
  if (liking === undefined) return null;
  const { answered, scores, by_store: stores } = liking;
  return (
    <section class="card m-liking" data-testid="liking">
      <h2>{w.liking}</h2>
      {answered.n === 0 ? (
        <p class="muted">{w.nobodyAsked}</p>
      ) : (
        <>
          <p class="row m-answered"><span>{w.answered}</span> <Rate share={answered} /></p>
          {answered.k > 0 && <Given scores={scores} />}
          {stores.length > 1 && <ByStore stores={stores} scores={scores} />}
        </>
      )}
    </section>
  );
}

import { TOO_FEW } from '../core/rates';
import { count, percent } from './format';
import { language, words } from './i18n';
import { IntervalLine, Rate } from './parts';
import { ask } from './store';
import type { Overview } from './types';

/** Stores side by side in the order of their names: a list sorted by rate would rank what is mostly chance. */
export function Stores({ report }: { report: Overview }) {
  const w = words();
  const lang = language.value;
  const stores = [...report.by_store].sort((a, b) => a.name.localeCompare(b.name, lang));
  const highest = Math.max(0.1, ...stores.map((each) => (each.close.n < TOO_FEW ? 0 : (each.close.high ?? 0))));
  const scale = Math.min(1, Math.ceil(highest * 10) / 10);
  return (
    <section class="card m-stores" data-testid="stores">
      <h2>{w.stores}</h2>
      <p class="meta">{w.storesNote}</p>
      <table class="m-table">
        <caption class="sr-only">{w.stores}</caption>
        <thead>
          <tr>
            <th scope="col">{w.store}</th>
            <th scope="col" class="m-end">{w.visits}</th>
            <th scope="col" class="m-end">{w.bought}</th>
            <th scope="col" colSpan={2}>
              {w.closeRate} <span class="muted num">(0–{percent(lang, scale)})</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {stores.map((each) => (
            <tr key={each.id}>
              <th scope="row">
                <button type="button" class="m-link" onClick={() => ask({ store: each.id })}>{each.name}</button>
              </th>
              <td class="m-end num">{count(lang, each.visits)}</td>
              <td class="m-end num">{count(lang, each.bought)}</td>
              <td class="m-line-cell"><IntervalLine share={each.close} scale={scale} /></td>
              <td><Rate share={each.close} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

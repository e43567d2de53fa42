import { count, longDay, shortDay, weekday } from './format';
import { language, words } from './i18n';
import type { Overview } from './types';

type Day = Overview['by_day'][number];

/** Visits of each day, the bought part filled. The table below says the same in numbers. */
export function ByDay({ report }: { report: Overview }) {
  const w = words();
  const lang = language.value;
  const days = report.by_day;
  const most = Math.max(1, ...days.map((day) => day.visits));
  const sum = (pick: (day: Day) => number): string => count(lang, days.reduce((all, day) => all + pick(day), 0));
  const many = days.length > 10;
  return (
    <section class="card m-days" data-testid="by-day">
      <h2>{w.byDay}</h2>
      <p class="meta">{w.daysSummary(sum((day) => day.visits), sum((day) => day.bought))}</p>
      <div class={`m-columns${many ? ' m-many' : ''}`} aria-hidden="true">
        {days.map((day, index) => (
          <span class="m-column" key={day.date}>
            <span class="m-top num">{day.visits}</span>
            <span class="m-stack" style={{ height: `${(100 * day.visits) / most}%` }}>
              <span style={{ height: day.visits === 0 ? '0' : `${(100 * day.bought) / day.visits}%` }} />
            </span>
            <span class="m-foot">{many ? (index % 7 === 0 ? shortDay(lang, day.date) : '') : weekday(lang, day.date)}</span>
          </span>
        ))}
      </div>
      <p class="m-key meta">
        <span>{w.visits}</span> <span class="m-key-bought">{w.bought}</span>
      </p>
      <details class="m-twin">
        <summary>{w.asTable}</summary>
        <table class="m-table">
          <caption class="sr-only">{w.byDay}</caption>
          <thead>
            <tr>
              <th scope="col">{w.day}</th>
              <th scope="col" class="m-end">{w.visits}</th>
              <th scope="col" class="m-end">{w.bought}</th>
            </tr>
          </thead>
          <tbody>
            {days.map((day) => (
              <tr key={day.date}>
                <th scope="row">{longDay(lang, day.date)}</th>
                <td class="m-end num">{count(lang, day.visits)}</td>
                <td class="m-end num">{count(lang, day.bought)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </details>
    </section>
  );
}

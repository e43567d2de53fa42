// The hours of each weekday, country by country, with the country's usual hours beside them.
import { locale, weekday } from '../format';
import { language } from '../i18n';
import { clock, dayFault, daysOf, isUsual, type Country, type Day, type Form, type Hours, type Policy } from './form';
import { type } from './state';
import { words } from './words';

// Any Monday and the six days after it.
const dayName = (n: number): string => weekday(language.value, `2024-01-0${n + 1}`);

export function Weeks({ policy, form }: { policy: Policy; form: Form }) {
  return (
    <>
      {policy.countries.map((country) => (
        <Week key={country.country} country={country} week={form.days[country.country] ?? daysOf(country.hours)} form={form} may={policy.may_change} />
      ))}
    </>
  );
}

function Week({ country, week, form, may }: { country: Country; week: readonly Day[]; form: Form; may: boolean }) {
  const w = words();
  const code = country.country;
  const name = new Intl.DisplayNames(locale(language.value), { type: 'region' }).of(code) ?? code;
  const change = (days: readonly Day[]): void => type({ days: { ...form.days, [code]: days } });
  const usual = isUsual(country, week);
  return (
    <section class="r-week" aria-label={name} data-testid={`week-${code}`}>
      <div class="r-title">
        <h3>{name}</h3>
        {!usual && may && (
          <button type="button" class="btn quiet" data-testid={`usual-${code}`} onClick={() => change(daysOf(country.usual))}>{w.useUsual}</button>
        )}
        {usual && <span class="meta">{w.isUsual}</span>}
      </div>
      {week.every((day) => !day.on) && <p class="note warn" role="status" data-testid={`all-off-${code}`}>{w.allOff}</p>}
      <div class="r-days" role="table" aria-label={name}>
        <div role="row" class="r-day r-names">
          <span role="columnheader">{w.day}</span>
          <span role="columnheader" class="sr-only">{w.mayGo}</span>
          <span role="columnheader">{w.from}</span>
          <span role="columnheader">{w.to}</span>
          <span role="columnheader" class="r-usual">{w.usual}</span>
        </div>
        {week.map((day, n) => (
          <DayRow key={n} code={code} n={n} day={day} usual={country.usual[n] ?? null} may={may}
            change={(part) => change(week.map((each, other) => (other === n ? { ...each, ...part } : each)))} />
        ))}
      </div>
    </section>
  );
}

function DayRow({ code, n, day, usual, may, change }: {
  code: string; n: number; day: Day; usual: Hours; may: boolean; change: (part: Partial<Day>) => void;
}) {
  const w = words();
  const name = dayName(n);
  const id = `${code}-${n}`;
  const fault = dayFault(day);
  const time = (part: 'opens' | 'closes') => (
    <span role="cell">
      {day.on ? (
        <input class="input num" autocomplete="off" value={day[part]} readOnly={!may} aria-label={`${name}, ${part === 'opens' ? w.from : w.to}`}
          aria-invalid={fault !== null} {...(fault === null ? {} : { 'aria-describedby': `fault-${id}` })} data-testid={`${part}-${id}`}
          onInput={(event) => change({ [part]: event.currentTarget.value })} />
      ) : part === 'opens' && <span class="muted">{w.none}</span>}
    </span>
  );
  return (
    <>
      <div role="row" class="r-day">
        <span role="rowheader">{name}</span>
        <span role="cell">
          <button type="button" class="btn r-switch" role="switch" aria-checked={day.on} aria-label={`${name}: ${w.mayGo}`} disabled={!may}
            data-testid={`day-${id}`} onClick={() => change({ on: !day.on })}>
            <span class="r-track" aria-hidden="true" />
          </button>
        </span>
        {time('opens')}
        {time('closes')}
        <span role="cell" class="r-usual meta num">{usual === null ? w.none : `${clock(usual.opens)}–${clock(usual.closes)}`}</span>
      </div>
      {fault !== null && (
        <div role="row"><p role="cell" id={`fault-${id}`} class="r-fault" aria-live="polite" data-testid={`fault-${id}`}>{w.dayFaults[fault]}</p></div>
      )}
    </>
  );
}

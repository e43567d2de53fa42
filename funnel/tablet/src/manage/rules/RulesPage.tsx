// The owner's rules for texts: each with one sentence, all saved together as a new version.
import './rules.css';
import type { ComponentChildren } from 'preact';
import { GROUPS } from '../../generated/messaging';
import { locale } from '../format';
import { Alerts } from '../Alerts';
import { useFresh } from '../fresh';
import { Header } from '../Header';
import { language } from '../i18n';
import { budgetIsWrong, capIsWrong, type Form, type Part, type Policy } from './form';
import { Senders } from './Senders';
import { discard, form, isChanged, keepMine, load, outcome, overtaken, policy, save, saving, trouble, type } from './state';
import { Weeks } from './Weeks';
import { words } from './words';

const REFRESH_MS = 15_000;

export function RulesPage() {
  const w = words();
  useFresh(load, REFRESH_MS);
  const [now, typed] = [policy.value, form.value];
  return (
    <div class="m-page">
      <Header />
      <main class="m-main r-main" aria-busy={now === null && trouble.value === null}>
        <div class="r-head">
          <h1>{w.title}</h1>
          <p class="muted">{w.lead}</p>
        </div>
        <Alerts />
        {trouble.value !== null && (
          <div class="note warn row" role="status" data-testid="rules-trouble">
            <span class="grow">{w.cannotLoad[trouble.value]}</span>
            <button type="button" class="btn" onClick={() => void load()}>{w.tryAgain}</button>
          </div>
        )}
        {now === null && trouble.value === null && <p class="muted">{w.loading}</p>}
        {now !== null && typed !== null && (
          <>
            <Decided policy={now} />
            <div class="r-grid">
              <Quiet policy={now} form={typed} />
              <div class="r-column">
                <Cap form={typed} may={now.may_change} />
                <Overnight form={typed} may={now.may_change} />
                <Budget form={typed} may={now.may_change} />
                <Senders policy={now} />
                <Absent form={typed} may={now.may_change} />
              </div>
            </div>
            {now.may_change && <Saving policy={now} />}
          </>
        )}
      </main>
    </div>
  );
}

function Decided({ policy: now }: { policy: Policy }) {
  const w = words();
  const when = now.since === null ? '' : new Intl.DateTimeFormat(locale(language.value), { dateStyle: 'medium', timeStyle: 'short', hourCycle: 'h23' }).format(new Date(now.since));
  const said = now.version === 0 ? w.never : now.by === null ? w.set(now.version, when) : w.decided(now.version, now.by, when);
  return (
    <div class="r-decided">
      <p class="meta" data-testid="rules-version">{said}</p>
      {!now.may_change && <p class="note" data-testid="rules-read-only">{w.readOnly}</p>}
    </div>
  );
}

/** One rule: its name, its sentence, whether it holds, and what belongs to it. */
function Rule({ part, on, may, toggle, children }: {
  part: Part; on?: boolean; may: boolean; toggle?: (on: boolean) => void; children?: ComponentChildren;
}) {
  const w = words();
  return (
    <section class="card r-card" data-testid={`rule-${part}`}>
      <div class="r-title">
        <h2 id={`rule-${part}`}>{w.parts[part]}</h2>
        {on !== undefined && toggle !== undefined && (
          <button type="button" class="btn r-switch" role="switch" aria-checked={on} aria-labelledby={`rule-${part}`} disabled={!may}
            data-testid={`switch-${part}`} onClick={() => toggle(!on)}>
            <span class="r-track" aria-hidden="true" />{on ? w.on : w.off}
          </button>
        )}
      </div>
      <p class="muted">{w.leads[part]}</p>
      {children}
    </section>
  );
}

function Quiet({ policy: now, form: typed }: { policy: Policy; form: Form }) {
  return (
    <Rule part="quiet" on={typed.quiet} may={now.may_change} toggle={(quiet) => type({ quiet })}>
      {!typed.quiet && <p class="note" data-testid="quiet-off">{words().quietOff}</p>}
      <Weeks policy={now} form={typed} />
    </Rule>
  );
}

function Whole({ id, label, value, fault, may, change }: {
  id: string; label: string; value: string; fault: string | null; may: boolean; change: (value: string) => void;
}) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input id={id} class="input r-number num" inputMode="numeric" autocomplete="off" value={value} readOnly={!may} data-testid={id}
        aria-invalid={fault !== null} aria-describedby={`${id}-fault`} onInput={(event) => change(event.currentTarget.value)} />
      <p id={`${id}-fault`} class="r-fault" aria-live="polite" data-testid={`${id}-fault`}>{fault}</p>
    </div>
  );
}

function Cap({ form: typed, may }: { form: Form; may: boolean }) {
  const w = words();
  return (
    <Rule part="cap" on={typed.cap} may={may} toggle={(cap) => type({ cap })}>
      {typed.cap && (
        <Whole id="cap-hours" label={w.capHours} value={typed.capHours} may={may} fault={capIsWrong(typed) ? w.capFault : null}
          change={(capHours) => type({ capHours })} />
      )}
    </Rule>
  );
}

function Budget({ form: typed, may }: { form: Form; may: boolean }) {
  const w = words();
  return (
    <Rule part="budget" on={typed.limited} may={may} toggle={(limited) => type({ limited })}>
      {typed.limited && (
        <Whole id="daily-budget" label={w.budget} value={typed.budget} may={may} fault={budgetIsWrong(typed) ? w.budgetFault : null}
          change={(budget) => type({ budget })} />
      )}
    </Rule>
  );
}

function Choice<Key extends string>({ name, label, options, chosen, may, choose }: {
  name: string; label: string; options: Readonly<Record<Key, string>>; chosen: Key; may: boolean; choose: (key: Key) => void;
}) {
  return (
    <div class="segments r-choice" role="group" aria-label={label}>
      {(Object.keys(options) as Key[]).map((key) => (
        <button type="button" class="btn" key={key} aria-pressed={chosen === key} disabled={!may && chosen !== key}
          data-testid={`${name}-${key}`} onClick={() => { if (may) choose(key); }}>
          {options[key]}
        </button>
      ))}
    </div>
  );
}

function Overnight({ form: typed, may }: { form: Form; may: boolean }) {
  const w = words();
  return (
    <Rule part="overnight" may={may}>
      <Choice name="overnight" label={w.parts.overnight} options={w.overnights} chosen={typed.overnight} may={may}
        choose={(overnight) => type({ overnight })} />
    </Rule>
  );
}

function Absent({ form: typed, may }: { form: Form; may: boolean }) {
  const w = words();
  return (
    <Rule part="absent" may={may}>
      <ul class="r-list">
        {GROUPS.map((group) => (
          <li key={group} class="r-line">
            <span>{w.groups[group]}</span>
            <Choice name={`absent-${group}`} label={w.groups[group]} options={w.absents} chosen={typed.absent[group]} may={may}
              choose={(answer) => type({ absent: { ...typed.absent, [group]: answer } })} />
          </li>
        ))}
      </ul>
    </Rule>
  );
}

function Saving({ policy: now }: { policy: Policy }) {
  const w = words();
  const differ = overtaken.value;
  const changed = isChanged.value;
  return (
    <div class="stack">
      <Told />
      {differ !== null && (
        <div class="note warn stack" role="alert" data-testid="rules-theirs">
          <p>{w.theirs(now.version)} {differ.length > 0 && w.differ(differ.map((part) => w.parts[part]).join(w.comma))}</p>
          <div class="row">
            <button type="button" class="btn" data-testid="keep-mine" onClick={keepMine}>{w.keepMine}</button>
            <button type="button" class="btn quiet" data-testid="take-theirs" onClick={discard}>{w.takeTheirs}</button>
          </div>
        </div>
      )}
      <div class="row">
        <button type="button" class="btn primary" data-testid="rules-save" aria-disabled={!changed || saving.value}
          onClick={() => { if (changed) void save(); }}>
          {saving.value ? w.saving : w.save}
        </button>
        {changed && <button type="button" class="btn quiet" data-testid="rules-discard" onClick={discard}>{w.discard}</button>}
        {changed && outcome.value === null && <span class="meta">{w.unsaved}</span>}
      </div>
    </div>
  );
}

function Told() {
  const w = words();
  const told = outcome.value;
  if (told === null) return <p class="sr-only" role="status" />;
  if (told.kind === 'saved') return <p class="note" role="status" data-testid="rules-told">{w.saved(told.version)}</p>;
  return <p class="note bad" role="alert" data-testid="rules-told">{w[told.kind]}</p>;
}

// The steps of a plan, put together by buttons alone; what is wrong with a step stands at that step.
import { messaging } from '../../generated/contract';
import { language } from '../i18n';
import { add, edit, mayChange, move, remove, steps, takeReady, told, type Step } from './state';
import { words } from './words';

const HOURS = Array.from({ length: messaging.STEP_HOURS[1] - messaging.STEP_HOURS[0] + 1 }, (_, n) => messaging.STEP_HOURS[0] + n);

export function Steps() {
  const w = words();
  const now = steps.value;
  return (
    <>
      {now.length === 0 && (
        <div class="p-empty stack" data-testid="plan-empty">
          <strong>{w.emptyTitle}</strong>
          <p class="muted">{w.empty}</p>
          {mayChange.value && <div><button type="button" class="btn primary" data-testid="plan-ready" onClick={takeReady}>{w.takeReady}</button></div>}
        </div>
      )}
      <ol class="p-steps">
        {now.map((step, place) => <li key={step.id}><One step={step} place={place} of={now.length} /></li>)}
      </ol>
      {mayChange.value && (now.length < messaging.MAX_STEPS ? (
        <div class="row">
          {messaging.STEP_KINDS.map((kind) => (
            <button type="button" class="btn" key={kind} data-testid={`add-${kind}`} onClick={() => add(kind)}>
              {kind === 'text' ? w.addText : w.addCall}
            </button>
          ))}
        </div>
      ) : <p class="meta">{w.full(messaging.MAX_STEPS)}</p>)}
    </>
  );
}

function One({ step, place, of }: { step: Step; place: number; of: number }) {
  const w = words();
  const faults = told.value?.kind === 'refused' ? told.value.faults.filter((fault) => fault.step === place) : [];
  const wrong = (...codes: messaging.PlanFault[]): boolean => faults.some((fault) => codes.includes(fault.code));
  const field = (name: string): string => `step-${step.id}-${name}`;
  const fixed = !mayChange.value;
  return (
    <fieldset class="p-step" data-testid={`step-${place}`} disabled={fixed}>
      <legend class="label">{w.step(place + 1)} · {w.kinds[step.kind]}</legend>
      <div class="p-fields">
        {step.kind === 'text' ? (
          <div class="field p-wide">
            <label for={field('purpose')}>{w.which}</label>
            <select id={field('purpose')} class="input" data-testid="step-purpose" value={step.purpose} aria-invalid={wrong('no_text')}
              onChange={(event) => edit(step.id, { purpose: event.currentTarget.value })}>
              {messaging.FOLLOW_UP_PURPOSES.map((purpose) => <option key={purpose} value={purpose}>{w.purposes[purpose]}</option>)}
            </select>
          </div>
        ) : (
          <div class="field p-row">
            <label for={field('what')}>{w.what}</label>
            <input id={field('what')} class="input" data-testid="step-what" value={step.what} placeholder={w.whatHint} maxLength={messaging.STEP_NOTE_CHARACTERS}
              aria-invalid={wrong('note_too_long')} onInput={(event) => edit(step.id, { what: event.currentTarget.value })} />
          </div>
        )}
        <div class="field">
          <label for={field('days')}>{w.days}</label>
          <input id={field('days')} class="input num" inputMode="numeric" data-testid="step-days" value={step.days}
            aria-invalid={wrong('day_out_of_range', 'same_time')} onInput={(event) => edit(step.id, { days: event.currentTarget.value })} />
        </div>
        <div class="field">
          <label for={field('hour')}>{w.hour}</label>
          <select id={field('hour')} class="input num" data-testid="step-hour" value={String(step.hour)} aria-invalid={wrong('hour_out_of_range', 'same_time')}
            onChange={(event) => edit(step.id, { hour: Number(event.currentTarget.value) })}>
            {HOURS.map((hour) => <option key={hour} value={String(hour)}>{hour}:00</option>)}
          </select>
        </div>
      </div>
      {faults.map((fault) => (
        <p key={fault.code} class="note bad" role="alert" data-testid={`fault-${fault.code}`}>{fault.sentence[language.value]}</p>
      ))}
      {!fixed && (
        <div class="row p-buttons">
          <button type="button" class="btn quiet" data-testid="step-earlier" disabled={place === 0} onClick={() => move(step.id, -1)}>
            <span aria-hidden="true">↑</span> {w.earlier}
          </button>
          <button type="button" class="btn quiet" data-testid="step-later" disabled={place === of - 1} onClick={() => move(step.id, 1)}>
            <span aria-hidden="true">↓</span> {w.later}
          </button>
          <button type="button" class="btn quiet danger" data-testid="step-remove" onClick={() => remove(step.id)}>{w.remove}</button>
        </div>
      )}
    </fieldset>
  );
}

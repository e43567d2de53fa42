import type { VisitView } from '../core/fold';
import { openSheet } from '../core/sheet';
import { messages, playbookOf, stagesOf } from '../core/state';
import { enterStage } from '../core/verbs';
import type { Stage } from '../core/wire';
import { t, tCode, title } from '../i18n';
import * as ids from '../testids';
import { Icon } from './Icon';

/** The send-off needs to know how it ended; everything else may be entered in any order, and again. */
function tap(view: VisitView, stage: Stage): void {
  if (stage.role === 'always' && view.status === 'open') openSheet({ kind: 'outcome', visit: view.id });
  else enterStage(view, stage);
}

const LIT = new Set(['accepted', 'sent', 'delivered']);

function Automatic({ view, stage, place }: { view: VisitView; stage: Stage; place: number }) {
  const state = messages.value.get(view.id)?.state;
  const lit = state !== undefined && LIT.has(state);
  return (
    <li class={`step automatic ${lit ? 'done' : ''}`} data-testid={ids.stage(stage.key)}>
      <span class="step-mark">{lit ? <Icon name="check" size={20} /> : place}</span>
      <span class="step-title">{title(stage.title)}</span>
      <span class="sr-only">{state === undefined ? t('stage_auto') : tCode(state, 'state_')}</span>
    </li>
  );
}

/** The way a visit has gone, to be looked at after it: the last of the marks lights when the text has gone out. */
export function StageMarks({ view }: { view: VisitView }) {
  const entered = new Set(view.stages.map((entry) => entry.key));
  const lit = LIT.has(messages.value.get(view.id)?.state ?? '');
  return (
    <ol class="marks" aria-label={t('visit_steps')}>
      {stagesOf(playbookOf(view)).map((stage, index) => {
        const done = stage.role === 'automatic' ? lit : entered.has(stage.key);
        return (
          <li key={stage.key} class={done ? 'mark done' : 'mark'} data-testid={ids.stage(stage.key)} title={title(stage.title)}>
            {done ? <Icon name="check" size={16} /> : <span aria-hidden="true">{index + 1}</span>}
            <span class="sr-only">
              {title(stage.title)}
              {done ? `, ${t('stage_done')}` : ''}
            </span>
          </li>
        );
      })}
    </ol>
  );
}

export function StageRail({ view }: { view: VisitView }) {
  const entered = new Set(view.stages.map((entry) => entry.key));
  const stages = stagesOf(playbookOf(view));
  return (
    <ol class="rail" data-count={stages.length} aria-label={t('visit_steps')}>
      {stages.map((stage, index) => {
        if (stage.role === 'automatic') return <Automatic key={stage.key} view={view} stage={stage} place={index + 1} />;
        const now = view.stage === stage.key;
        const done = !now && entered.has(stage.key);
        return (
          <li key={stage.key}>
            <button
              type="button"
              class={`step ${now ? 'now' : done ? 'done' : ''}`}
              aria-current={now ? 'step' : undefined}
              data-testid={ids.stage(stage.key)}
              onClick={() => tap(view, stage)}
            >
              <span class="step-mark">{done ? <Icon name="check" size={20} /> : index + 1}</span>
              <span class="step-title">{title(stage.title)}</span>
              {done ? <span class="sr-only">{t('stage_done')}</span> : null}
            </button>
          </li>
        );
      })}
    </ol>
  );
}

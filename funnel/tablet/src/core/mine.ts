// What "My day" says: only one's own visits, and only those that count.
import { computed } from '@preact/signals';
import { share } from './rates';
import { me, messages, playbookOf, stagesOf, todaysVisits } from './state';
import type { VisitView } from './fold';
import type { Stage } from './wire';

export const mine = computed(() =>
  todaysVisits.value.filter((view) => view.owner === me.value?.id && !view.practice && view.kind === 'selling'),
);

/** Still open ones are left out of the rate: how they end is not known yet. */
export const closeRate = computed(() => {
  const ended = mine.value.filter((view) => view.status !== 'open' || view.departed_at !== null);
  return share(ended.filter((view) => view.status === 'bought').length, ended.length);
});

export const textsWaiting = computed(
  () => mine.value.filter((view) => messages.value.get(view.id)?.state === 'scheduled').length,
);

function reached(view: VisitView, stages: readonly Stage[]): number {
  if (view.status === 'bought') return stages.length;
  const entered = new Set(view.stages.map((entry) => entry.key));
  const ticked = new Set(view.ticks);
  // A tick says that its stage was done, also when nobody tapped the stage itself.
  return stages.findLastIndex((stage) => entered.has(stage.key) || stage.items.some((item) => ticked.has(item.key))) + 1;
}

export type Step = { stage: Stage; n: number };

/** "Got at least this far", for the shop's own playbook; another playbook's stages are not the same steps. */
export const myFunnel = computed<{ n: number; steps: Step[] }>(() => {
  const book = playbookOf(undefined);
  const stages = stagesOf(book).filter((stage) => stage.role === 'progress');
  const views = mine.value.filter((view) => playbookOf(view)?.key === book?.key);
  const far = views.map((view) => reached(view, stages));
  return { n: views.length, steps: stages.map((stage, index) => ({ stage, n: far.filter((value) => value > index).length })) };
});

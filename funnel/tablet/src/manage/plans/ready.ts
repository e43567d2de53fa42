// Plans to begin with, one for each way in which a visit ends. They stay a proposal until somebody saves them.
import type { messaging } from '../../generated/contract';
import { words } from './words';

type Ready = { kind: messaging.StepKind; days: string; hour: number; purpose: string; what: string };

const text = (days: string, purpose: messaging.Purpose): Ready => ({ kind: 'text', days, hour: 10, purpose, what: '' });
const call = (days: string, what: string): Ready => ({ kind: 'task', days, hour: 11, purpose: '', what });

export function ready(outcome: messaging.Outcome): readonly Ready[] {
  const { readyCalls } = words();
  switch (outcome) {
    case 'bought':
      return [text('3', 'satisfaction'), call('30', readyCalls.bought)];
    case 'not_bought':
      return [text('3', 'follow_up_day_3'), call('7', readyCalls.not_bought), text('30', 'follow_up_day_30')];
    case 'left_early':
      return [text('3', 'follow_up_day_3')];
  }
}

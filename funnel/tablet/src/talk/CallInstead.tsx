// A text that did not arrive: whoever it was for stands among the calls to make after one tap.
import { signal } from '@preact/signals';
import { API, Problem, request } from '../core/http';
import { words } from './words';

type State = 'planned' | 'over' | 'not_saved';
/** What came of it, by text. */
const told = signal<Readonly<Record<string, State>>>({});

async function plan(id: string, headers: Record<string, string>, ended: (refused: Problem) => void): Promise<void> {
  const tell = (state: State): void => { told.value = { ...told.value, [id]: state }; };
  try {
    await request(`${API}/messages/${id}/call`, { method: 'POST', body: {}, headers });
    tell('planned');
  } catch (error) {
    if (error instanceof Problem && error.status === 401) ended(error);
    tell(error instanceof Problem && error.status === 409 ? 'over' : 'not_saved');
  }
}

type Props = { id: string; headers: Record<string, string>; ended: (refused: Problem) => void };

export function CallInstead({ id, headers, ended }: Props) {
  const w = words();
  const state = told.value[id];
  return (
    <span class="row t-call">
      {state !== 'planned' && state !== 'over' && (
        <button type="button" class="btn" data-testid="call-instead" onClick={() => void plan(id, headers, ended)}>{w.call}</button>
      )}
      {state !== undefined && <span class="meta" role="status" data-testid="call-told">{w.called[state]}</span>}
    </span>
  );
}

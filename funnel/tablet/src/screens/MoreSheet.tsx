import { useSignal } from '@preact/signals';
import { Sheet } from '../components/Sheet';
import type { VisitView } from '../core/fold';
import { addNote } from '../core/notes';
import { closeSheet } from '../core/sheet';
import { config, presence } from '../core/state';
import { say } from '../core/toast';
import { handOver, voidVisit } from '../core/verbs';
import { t } from '../i18n';
import * as ids from '../testids';

const REMOVALS = ['mistake', 'duplicate', 'test'] as const;
const LONGEST_NOTE = 500;

function Note({ view }: { view: VisitView }) {
  const text = useSignal('');
  const save = (event: Event): void => {
    event.preventDefault();
    const note = text.value.trim();
    if (note === '') return;
    closeSheet();
    void addNote(view.id, note).then(() => say(t('visit_note_saved')));
  };
  return (
    <form class="field" onSubmit={save}>
      <label for="note">{t('visit_note')}</label>
      <div class="number-row">
        <input
          id="note"
          class="input grow"
          maxLength={LONGEST_NOTE}
          autocomplete="off"
          data-testid={ids.note}
          aria-describedby="note-hint"
          value={text.value}
          onInput={(event) => (text.value = event.currentTarget.value)}
        />
        <button class="btn" data-testid={ids.noteSave}>
          {t('visit_note_save')}
        </button>
      </div>
      <p id="note-hint" class="meta">
        {t('visit_note_hint')}
      </p>
    </form>
  );
}

export function MoreSheet({ view }: { view: VisitView }) {
  const others = (config.value?.roster ?? []).filter(
    (person) => person.active && person.id !== view.owner && presence(person.id)?.state !== 'off',
  );
  return (
    <Sheet title={t('more')}>
      <div class="stack">
        <Note view={view} />
        {others.length === 0 ? null : (
          <div class="chips">
            <span class="label">{t('visit_hand_over')}</span>
            <div class="chip-row">
              {others.map((person) => (
                <button
                  key={person.id}
                  type="button"
                  class="btn chip"
                  data-testid={ids.hand(person.id)}
                  onClick={() => {
                    handOver(view, person.id);
                    closeSheet();
                    say(t('visit_handed', { name: person.name }));
                  }}
                >
                  {person.name}
                </button>
              ))}
            </div>
          </div>
        )}
        <div class="chips">
          <span class="label">{t('visit_remove')}</span>
          <div class="chip-row">
            {REMOVALS.map((reason) => (
              <button
                key={reason}
                type="button"
                class="btn danger chip"
                data-testid={ids.remove(reason)}
                onClick={() => {
                  closeSheet();
                  void voidVisit(view, reason);
                }}
              >
                {t(`visit_remove_${reason}`)}
              </button>
            ))}
          </div>
        </div>
      </div>
    </Sheet>
  );
}

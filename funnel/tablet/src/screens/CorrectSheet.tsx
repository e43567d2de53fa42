import { NumberField } from '../components/NumberField';
import { Sheet } from '../components/Sheet';
import type { VisitView } from '../core/fold';
import { forgetForm, formOf, insisted, missing, numberCountry, personFrom } from '../core/sendoff';
import { closeSheet } from '../core/sheet';
import { say } from '../core/toast';
import { correctPerson, personOf } from '../core/verbs';
import { t } from '../i18n';
import * as ids from '../testids';

/** The same person with another number. What was agreed to was agreed to by the person, so it goes with it. */
async function save(view: VisitView): Promise<void> {
  const form = formOf(view);
  const person = personOf(view);
  if (person === undefined) return;
  if (form.number.trim() === '' || missing(view) === 'number') {
    insisted.value = new Set([...insisted.value, view.id]);
    return;
  }
  await correctPerson(view, await personFrom(person.id, { ...form, country: numberCountry(view.id, form), choice: null }, person));
  forgetForm(view.id);
  closeSheet();
  say(t('follow_corrected'));
}

export function CorrectSheet({ view }: { view: VisitView }) {
  const form = formOf(view);
  return (
    <Sheet title={t('correct_title')}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void save(view);
        }}
      >
        <NumberField view={view} form={form} missing={insisted.value.has(view.id) && form.number.trim() === ''} />
        <div class="sheet-actions">
          <span class="grow" />
          <button class="btn primary big main-action" data-testid={ids.correctSave}>
            {t('correct_save')}
          </button>
        </div>
      </form>
    </Sheet>
  );
}

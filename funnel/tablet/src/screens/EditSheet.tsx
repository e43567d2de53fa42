import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Sheet } from '../components/Sheet';
import { closeSheet } from '../core/sheet';
import { net } from '../core/state';
import { say } from '../core/toast';
import type { MessageData } from '../core/wire';
import { discard, draftOf, goOnFrom, look, save, shown, write, type Refusal } from '../core/wording';
import { htmlLang, t } from '../i18n';
import * as ids from '../testids';

/** The words of a waiting text, and beside them the whole text as the customer will read it. */
export function EditSheet({ message }: { message: MessageData }) {
  const refusal = useSignal<Refusal | null>(null);
  const saving = useSignal(false);
  useEffect(() => look(message), [message.id]);
  const { words, version } = draftOf(message);
  const editable = message.state === 'scheduled' || message.state === 'claimed';
  const preview = shown.value?.words === words ? shown.value : null;
  const tooLong = preview !== null && preview.segments > preview.most;
  const why: Refusal | null = !editable ? 'on_its_way' : version < message.version ? 'changed' : net.value === 'offline' ? 'offline' : refusal.value;
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    saving.value = true;
    refusal.value = await save(message);
    saving.value = false;
    if (refusal.value !== null) return;
    closeSheet();
    say(t('edit_saved'));
  };
  return (
    <Sheet title={t('edit_title')}>
      <form class="stack" onSubmit={(event) => void submit(event)}>
        <div class="edit-pair">
          <div class="field">
            <label for="words">{t('edit_words')}</label>
            <textarea
              id="words"
              class="input words"
              rows={6}
              maxLength={1000}
              lang={htmlLang(message.language)}
              data-testid={ids.editWords}
              aria-describedby="edit-added edit-why"
              value={words}
              readOnly={!editable}
              onInput={(event) => {
                refusal.value = null;
                write(message, event.currentTarget.value);
              }}
            />
            <p id="edit-added" class="meta">{t('edit_added')}</p>
          </div>
          <div class="field">
            <p class="label">{t('edit_preview')}</p>
            <p class="bubble" lang={htmlLang(message.language)} data-testid={ids.editPreview}>
              {preview?.body ?? message.body}
            </p>
            {preview === null ? null : (
              <p class={tooLong ? 'error' : 'meta'} data-testid={ids.editSegments}>
                {t('edit_parts', { n: String(preview.segments), most: String(preview.most) })}
              </p>
            )}
          </div>
        </div>
        <p id="edit-why" class="error" role="alert" data-testid={ids.editWhy}>
          {why === null ? '' : t(`edit_${why}`)}
        </p>
        <div class="sheet-actions">
          <button
            type="button"
            class="btn"
            data-testid={ids.editDiscard}
            onClick={() => {
              discard(message);
              closeSheet();
            }}
          >
            {t('edit_discard')}
          </button>
          <span class="grow" />
          {why === 'changed' && editable ? (
            <button type="button" class="btn primary big main-action" data-testid={ids.editGoOn} onClick={() => goOnFrom(message)}>
              {t('edit_go_on')}
            </button>
          ) : (
            <button
              class="btn primary big main-action"
              data-testid={ids.editSave}
              disabled={!editable || saving.value || tooLong || words.trim() === ''}
            >
              {t('edit_save')}
            </button>
          )}
        </div>
      </form>
    </Sheet>
  );
}

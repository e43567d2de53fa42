import { useSignal } from '@preact/signals';
import { Chips } from '../components/Chips';
import { Icon } from '../components/Icon';
import { Segments } from '../components/Segments';
import { Sheet } from '../components/Sheet';
import { closeSheet } from '../core/sheet';
import { config, playbookOf } from '../core/state';
import { startVisit } from '../core/verbs';
import { t, type Key } from '../i18n';
import * as ids from '../testids';
import type { Coded } from '../core/wire';

const SIZES = ['1', '2', '3', '4', '5', '6'];
const SOURCES = ['walk_in', 'appointment', 'referral', 'returning', 'phone'];
const KINDS = ['selling', 'service', 'pick_up'];

const coded = (codes: readonly string[], prefix: string): Coded[] =>
  codes.map((code) => {
    const words = t(`${prefix}${code}` as Key);
    return { code, title: { en: words, zh: words } };
  });

/** For those who know more than that somebody came in. Nobody has to open this. */
export function StartSheet() {
  const size = useSignal('1');
  const source = useSignal('walk_in');
  const kind = useSignal('selling');
  const book = useSignal(playbookOf(undefined)?.id ?? '');
  const practice = useSignal(false);
  const books = config.value?.playbooks ?? [];
  const start = (): void => {
    closeSheet();
    const playbook = books.find((candidate) => candidate.id === book.value);
    const options = { party_size: Number(size.value), source: source.value, kind: kind.value, practice: practice.value };
    startVisit(playbook ? { ...options, playbook } : options);
  };
  return (
    <Sheet title={t('start_title')}>
      <div class="stack">
        <div class="chips">
          <span class="label">{t('start_party')}</span>
          <Segments
            label={t('start_party')}
            value={size.value}
            choices={SIZES.map((value) => ({ value, label: value === '6' ? '6+' : value, testid: ids.party(value) }))}
            onPick={(value) => (size.value = value)}
          />
        </div>
        <Chips
          label={t('start_source')}
          values={coded(SOURCES, 'source_')}
          chosen={[source.value]}
          testid={ids.source}
          onPick={(code) => (source.value = code)}
        />
        <Chips
          label={t('start_kind')}
          values={coded(KINDS, 'kind_')}
          chosen={[kind.value]}
          testid={ids.kind}
          onPick={(code) => (kind.value = code)}
        />
        {books.length < 2 ? null : (
          <Chips
            label={t('start_playbook')}
            values={books.map((candidate) => ({ code: candidate.id, title: candidate.title }))}
            chosen={[book.value]}
            testid={ids.playbook}
            onPick={(code) => (book.value = code)}
          />
        )}
        <div class="sheet-actions">
          <button
            type="button"
            class="check grow"
            role="checkbox"
            aria-checked={practice.value}
            data-testid={ids.practice}
            onClick={() => (practice.value = !practice.value)}
          >
            <span class="box">{practice.value ? <Icon name="check" size={22} /> : null}</span>
            <span>{t('start_practice')}</span>
          </button>
          <button type="button" class="btn primary big main-action" data-testid={ids.startGo} onClick={start}>
            {t('start_visit')}
          </button>
        </div>
      </div>
    </Sheet>
  );
}

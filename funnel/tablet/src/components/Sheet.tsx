import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { closeSheet } from '../core/sheet';
import { t } from '../i18n';
import * as ids from '../testids';
import { Icon } from './Icon';

type Props = { title: string; children: ComponentChildren; onClose?: () => void };

/** A modal sheet at the foot of the screen. The browser keeps the focus inside and gives it back when it closes. */
export function Sheet({ title, children, onClose = closeSheet }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      class="sheet"
      aria-labelledby="sheet-title"
      data-testid={ids.sheet}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        // The second half of the double tap that opened it is no wish to close it.
        if (event.target === dialog.current && event.detail < 2) onClose();
      }}
    >
      <div class="sheet-body">
        <div class="sheet-head">
          <h2 id="sheet-title" tabIndex={-1} autofocus>
            {title}
          </h2>
          <button type="button" class="btn quiet" data-testid={ids.sheetClose} onClick={onClose}>
            <Icon name="close" />
            <span class="sr-only">{t('close')}</span>
          </button>
        </div>
        {children}
      </div>
    </dialog>
  );
}

import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { closeSheet } from '../core/sheet';
import { t } from '../i18n';
import * as ids from '../testids';
import { Icon } from './Icon';

type Props = { title: string; children: ComponentChildren; onClose?: () => void };

/** The second half of a double tap is meant for what stood there before the first: it answers and closes nothing. */
export const isSecondTap = (event: MouseEvent): boolean => event.detail > 1;

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
        if (event.target === dialog.current && !isSecondTap(event)) onClose();
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

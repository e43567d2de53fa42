import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { toast } from '../core/toast';
import { Gap } from './Toast';

type Props = {
  children: ComponentChildren;
  /** What stays in place above the part that scrolls. */
  head?: ComponentChildren;
  actions?: ComponentChildren;
  class?: string;
  /** Another place begins at its top. */
  place?: string;
};

/** What scrolls, and below it the bar whose primary button is always in the same corner. */
export function Screen({ children, head, actions, class: name = '', place = '' }: Props) {
  const scroll = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    scroll.current?.scrollTo(0, 0);
  }, [place]);
  return (
    <main class="screen">
      {head === undefined ? null : <div class="head">{head}</div>}
      <div class={`scroll ${name}`} ref={scroll}>
        {children}
      </div>
      {actions === undefined && toast.value === null ? null : <div class="actions">{actions ?? <Gap />}</div>}
    </main>
  );
}

export function Empty({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      <p class="muted">{children}</p>
    </div>
  );
}

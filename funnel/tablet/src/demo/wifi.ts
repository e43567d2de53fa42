// The tablet's Wi-Fi, for those who watch: cut off, the page inside the frame reaches nobody, as in a shop's back room.
import { signal } from '@preact/signals';

export const cut = signal(false);

const frames = new Set<HTMLIFrameElement>();
const own = new WeakMap<Window, typeof fetch>();

function apply(frame: HTMLIFrameElement): void {
  const page = frame.contentWindow;
  if (page === null) return;
  const real = own.get(page) ?? page.fetch.bind(page);
  own.set(page, real);
  page.fetch = cut.value ? () => Promise.reject(new TypeError('the demo has cut the Wi-Fi')) : real;
}

/** Takes a frame into the shop's Wi-Fi; a page that is loaded anew is in it too. */
export function join(frame: HTMLIFrameElement): () => void {
  const again = (): void => apply(frame);
  frames.add(frame);
  frame.addEventListener('load', again);
  apply(frame);
  return () => {
    frames.delete(frame);
    frame.removeEventListener('load', again);
  };
}

export function toggle(): void {
  cut.value = !cut.value;
  for (const frame of frames) {
    apply(frame);
    // As the system tells a page when the Wi-Fi goes and comes.
    frame.contentWindow?.dispatchEvent(new Event(cut.value ? 'offline' : 'online'));
  }
}

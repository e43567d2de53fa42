// A page of the product inside the demo, laid out at the size of a real tablet and shrunk to the room there is.
import { useEffect, useRef, useState } from 'preact/hooks';

type Size = { width: number; height: number };
const LANDSCAPE: Size = { width: 1180, height: 820 };
const PORTRAIT: Size = { width: 820, height: 1180 };

/** `join` is told of the frame as long as it is there. */
type Props = { title: string; src: string; upright: boolean; testId: string; join?: (frame: HTMLIFrameElement) => () => void };

export function Device({ title, src, upright, testId, join }: Props) {
  const room = useRef<HTMLDivElement>(null);
  const frame = useRef<HTMLIFrameElement>(null);
  useEffect(() => (frame.current === null ? undefined : join?.(frame.current)), [join]);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = room.current;
    if (element === null) return undefined;
    const watcher = new ResizeObserver(() => setWidth(element.clientWidth));
    watcher.observe(element);
    return () => watcher.disconnect();
  }, []);
  const size = upright ? PORTRAIT : LANDSCAPE;
  const scale = width / size.width;
  return (
    <div class="d-device">
      <div class="d-glass" ref={room} style={{ aspectRatio: `${size.width} / ${size.height}` }}>
        <iframe ref={frame} title={title} src={src} data-testid={testId} width={size.width} height={size.height}
          style={{ transform: `scale(${scale})` }} />
      </div>
    </div>
  );
}

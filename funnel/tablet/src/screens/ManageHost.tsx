import { useEffect, useRef } from 'preact/hooks';

/** The manager's part is a chunk of its own: a tablet on the floor never loads it. */
export function ManageHost() {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current;
    void import('../manage').then(({ mount }) => {
      if (element?.isConnected) mount(element);
    });
  }, []);
  return <div ref={place} />;
}

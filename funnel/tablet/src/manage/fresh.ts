// What a page shows is asked for when it opens and again every while, as long as somebody can see it.
import { useEffect } from 'preact/hooks';
import { UNATTENDED } from '../core/http';

/** Looks that no hand asked for say so: they must not keep somebody signed in. */
export function useFresh(load: (headers?: Record<string, string>) => Promise<void>, everyMs: number): void {
  useEffect(() => {
    void load();
    const timer = window.setInterval(() => {
      if (!document.hidden) void load(UNATTENDED);
    }, everyMs);
    return () => window.clearInterval(timer);
  }, [load, everyMs]);
}

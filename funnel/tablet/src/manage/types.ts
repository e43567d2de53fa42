// What these pages read, by the server's own description: a field that is renamed there does not compile here.
import type { VisitData } from '../core/wire';
import type { components } from '../generated/api';

type Schemas = components['schemas'];

export type { Lang as Language } from '../core/wire';
export type Session = Schemas['SessionOut'];
export type Manager = NonNullable<Session['manager']>;
export type Overview = Schemas['OverviewOut'];
export type TextBehind = Schemas['TextBehindOut'];
/** A visit in a list: what a tablet knows of it, with the names that a manager does not know by heart. */
export type VisitRow = VisitData & {
  owner_name: string;
  store: string;
  store_name: string;
  score?: number | null;
  /** A sold visit that somebody closed as lost later. */
  asked_lost?: { result: 'not_bought' | 'left_early'; reason?: string | null; at: string };
  asked_lost_by?: string | null;
};
export type FunnelReport = Overview['funnels'][number];
export type { Share } from '../core/rates';

/** So many days with today; below nought before it. */
export const RANGES = [-1, 1, 7, 28] as const;
export type Days = (typeof RANGES)[number];
export const ALL_STORES = 'all';

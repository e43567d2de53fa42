// What these pages read, by the server's own description: a field that is renamed there does not compile here.
import type { components } from '../generated/api';

type Schemas = components['schemas'];

export type { Lang as Language } from '../core/wire';
export type Session = Schemas['SessionOut'];
export type Manager = NonNullable<Session['manager']>;
export type Overview = Schemas['OverviewOut'];
export type FunnelReport = Overview['funnels'][number];
export type { Share } from '../core/rates';

export const RANGES = [1, 7, 28] as const;
export type Days = (typeof RANGES)[number];
export const ALL_STORES = 'all';

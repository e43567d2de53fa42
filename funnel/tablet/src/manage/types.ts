// What the manager's page reads from the server: `GET /api/v1/session` and `GET /api/v1/reports/overview`.

export type Language = 'en' | 'zh';
export type Title = Record<Language, string>;

/** k of n, with the interval the true rate is likely in; a server that has too few cases sends no interval. */
export type Share = { k: number; n: number; low?: number | null; high?: number | null };

export type Store = { id: string; name: string; zone: string; currency: string };

export type Manager = {
  id: string;
  name: string;
  email: string;
  organization: { id: string; brand: string; language: Language; currency: string };
  stores: Store[];
};

export type Session = {
  server_time: string;
  mode: 'demo' | 'production';
  device: { id: string; name: string; store_id: string; store_name: string } | null;
  manager: Manager | null;
};

export type FunnelStage = { key: string; title: Title; n: number; of_previous: Share | null };

export type FunnelReport = {
  playbook: string;
  title: Title;
  stages: FunnelStage[];
  bought: number;
  sends: Share;
};

export type Overview = {
  generated_at: string;
  through: string;
  store: string;
  zone: string | null;
  period: { from: string; to: string; days: number };
  visits: { n: number; people: number; open: number; not_closed_out: number };
  close: Share;
  money: { currency: string; gross_minor: number; bought: number }[];
  funnels: FunnelReport[];
  reasons: { code: string | null; title: Title; n: number; share: Share }[];
  lost: number;
  texts: { state: string; n: number }[];
  texts_not_sent: { reason: string; n: number }[];
  by_store: { id: string; name: string; visits: number; bought: number; close: Share }[];
  by_day: { date: string; visits: number; bought: number }[];
  empty: boolean;
};

export const RANGES = [1, 7, 28] as const;
export type Days = (typeof RANGES)[number];
export const ALL_STORES = 'all';

// The shapes that travel between tablet and server. They follow the sync contract to the letter: the server refuses
// unknown fields, so nothing may be added here that it does not know.

export type Lang = 'en' | 'zh';
export type Titled = Readonly<Record<Lang, string>>;
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export type Item = { key: string; title: Titled };
export type StageRole = 'progress' | 'always' | 'automatic';
export type Stage = {
  key: string;
  position: number;
  role: StageRole;
  standard: string;
  title: Titled;
  prompt: Titled;
  target_seconds: number;
  items: Item[];
};
export type Coded = { code: string; title: Titled };
export type Need = { field: string; title: Titled; values: Coded[] };
export type Playbook = {
  key: string;
  version: number;
  id: string;
  title: Titled;
  stages: Stage[];
  needs: Need[];
  objections: Coded[];
  categories: Coded[];
};
export type Person = { id: string; name: string; role: string; active: boolean };
export type Reason = Coded & { asks_date: boolean };
export type Wording = { purpose: string; version: number; language: Lang; text: string };
export type TextBody = { purpose: string; language: Lang; body: string };
/** How a template becomes a text, beside its own words. */
export type TextRules = {
  opt_out: Titled;
  opt_out_by_country: Readonly<Record<string, Partial<Titled>>>;
  full_stop: Titled;
  sentence_ends: string;
  fallback_name: Titled;
  name_lengths: number[];
  max_segments: number;
};
export type Country = { code: string; calling: string; example: string };
export type Limits = {
  events_per_batch: number;
  bytes: number;
  offline_hours: number;
  idle_lock_seconds: number;
  delay_seconds: number;
};
export type Bootstrap = {
  store: {
    id: string;
    name: string;
    brand: string;
    zone: string;
    language: Lang;
    currency: string;
    country: string;
    cutoff_minutes: number;
  };
  device: { id: string; name: string };
  languages: Lang[];
  roster: Person[];
  playbook: string;
  playbooks: Playbook[];
  reasons: Reason[];
  consent_wording: Wording[];
  texts: TextBody[];
  wording: TextRules;
  countries: Country[];
  limits: Limits;
  config_version: string;
};

export type EventType =
  | 'visit.started'
  | 'visit.assigned'
  | 'stage.entered'
  | 'item.ticked'
  | 'need.recorded'
  | 'objection.raised'
  | 'note.added'
  | 'customer.identified'
  | 'outcome.recorded'
  | 'promise.made'
  | 'visit.departed'
  | 'visit.reopened'
  | 'visit.voided'
  | 'event.voided'
  | 'text.cancelled'
  | 'presence.changed'
  | 'clock.changed';

export type WireEvent = {
  id: string;
  v: 1;
  type: EventType;
  visit: string | null;
  actor: string;
  at: string;
  boot: string;
  mono: number;
  seq: number;
  data: Record<string, Json>;
};

export type WireConsent = { id: string; purpose: string; wording: number; granted: boolean; at: string };
export type WirePerson = {
  id: string;
  name: string;
  address_as: string;
  number: string | null;
  country: string | null;
  language: Lang;
  consents: WireConsent[];
};
export type WireNote = { id: string; visit: string; text: string };

export type VisitStatus = 'open' | 'bought' | 'not_bought' | 'left_early' | 'not_closed_out' | 'voided';
export type VisitData = {
  id: string;
  number: number | null;
  business_date: string;
  status: VisitStatus;
  stage: string | null;
  stages: { key: string; at: string; actor: string }[];
  ticks: string[];
  owner: string | null;
  helpers: string[];
  party_size: number;
  source: string;
  kind: string;
  started_at: string;
  departed_at: string | null;
  closing: number;
  reason: string | null;
  amount_minor: number | null;
  currency: string | null;
  category: string | null;
  customer: { id: string; name: string; last4: string } | null;
  practice: boolean;
  sold_kept: boolean;
  parked: boolean;
  playbook?: string;
};

export type MessageState =
  | 'scheduled'
  | 'claimed'
  | 'posting'
  | 'unknown'
  | 'needs_review'
  | 'accepted'
  | 'sent'
  | 'delivered'
  | 'undelivered'
  | 'failed'
  | 'rejected'
  | 'canceled'
  | 'suppressed'
  | 'expired';
export type MessageData = {
  id: string;
  visit: string;
  closing: number;
  purpose: string;
  state: MessageState;
  reason: string | null;
  body: string;
  words: string;
  edited: boolean;
  version: number;
  language: Lang;
  send_at: string | null;
  not_after: string | null;
  to_last4: string;
  to_name: string;
  sent_at: string | null;
  can_cancel: boolean;
  can_resolve: boolean;
  can_send_again: boolean;
  can_call?: boolean;
};
export type PresenceState = 'on_floor' | 'away' | 'off';
export type PresenceData = { staff: string; state: PresenceState; reason: string | null; at: string };
export type QuarantineData = { id: string; type: string; code: string; detail: string };
export type PersonData = { id: string; name: string; last4: string; number_state: string; code?: string | null };

export type Change = { kind: string; id: string; version: number; data?: unknown };
export type ResultStatus = 'accepted' | 'duplicate' | 'quarantined' | 'retry';
export type Result = { id: string; status: ResultStatus; code?: string | null; detail?: string | null };
export type SyncRequest = {
  sent_at: string;
  app_version: string;
  cursor: string | null;
  clock: { offset_ms: number | null; rtt_ms: number | null };
  people: WirePerson[];
  notes: WireNote[];
  events: WireEvent[];
};
export type SyncAnswer = {
  server_time: string;
  cursor?: string | null;
  results: Result[];
  changes: Change[];
  config_version?: string | null;
};

export type Session = {
  server_time: string;
  mode: 'demo' | 'production';
  device: { id: string; name: string; store_id: string; store_name: string; organization_id: string } | null;
  staff: { id: string; name: string; role: string } | null;
  manager: unknown;
};
export type NumberAnswer = { ok: boolean; country: string; national: string; kind: string; opted_out?: boolean; code?: string | null; detail?: string | null };

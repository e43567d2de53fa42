// The names by which a browser test finds what it taps. A test never looks for words: those change with the language.
//
//   enrol-code, enrol-name, enrol-submit, enrol-error      setting up the tablet
//   person-<staff id>, pin, key-<0..9>, key-delete,        signing in
//   signin-other, signin-error
//   pill, language, settings, me, not-saved, toast, undo   on every screen (pill carries data-state and data-waiting)
//   nav-floor, nav-visits, nav-followups, nav-replies, nav-day          the main menu
//   start-visit, start-details, start-go, presence         the floor
//   tab-<visit id>, stage-<key>, item-<key>,               a visit
//   need-<field>-<code>, objection-<code>, next, leave, more, remove-<reason>, note, note-save, hand-<staff id>
//   outcome-bought, outcome-not_today,                     how it ended
//   outcome-coming_back, outcome-left_early, reason-<code>, amount, category-<code>, deposit, date-<which>, date, outcome-done
//   name, address-as, number, country, text-language-<en|zh>, number-state,        the send-off
//   consent-thanks, consent-offers, consent-none, consent-words, preview, save-finish, skip-contact
//   followup-<visit id>, countdown, put-off, cancel-text, reopen, correct-number,           follow-ups
//   text-state (data-state), text-body, correct-save, follow-mine, follow-all
//   day-visits, day-bought, day-close, day-texts, unsent, needs-look, try-again    my day
//   party-<n>, source-<code>, kind-<code>, playbook-<id>, practice, start-go        starting with details
//   presence-<break|meal|other|back|off>, lock             one's own sheet (behind `me`)
//   theme-<auto|light|dark>, hand-<left|right>             settings
//   sheet, sheet-close                                     any sheet
export const ids = {
  enrolCode: 'enrol-code',
  enrolName: 'enrol-name',
  enrolSubmit: 'enrol-submit',
  enrolError: 'enrol-error',
  person: (id: string) => `person-${id}`,
  pin: 'pin',
  key: (key: string) => `key-${key}`,
  signinOther: 'signin-other',
  signinError: 'signin-error',
  pill: 'pill',
  language: 'language',
  settings: 'settings',
  me: 'me',
  notSaved: 'not-saved',
  update: 'update',
  toast: 'toast',
  undo: 'undo',
  nav: (screen: string) => `nav-${screen}`,
  startVisit: 'start-visit',
  startDetails: 'start-details',
  startGo: 'start-go',
  presence: 'presence',
  tab: (visit: string) => `tab-${visit}`,
  stage: (key: string) => `stage-${key}`,
  item: (key: string) => `item-${key}`,
  need: (field: string, code: string) => `need-${field}-${code}`,
  objection: (code: string) => `objection-${code}`,
  next: 'next',
  leave: 'leave',
  more: 'more',
  remove: (reason: string) => `remove-${reason}`,
  note: 'note',
  noteSave: 'note-save',
  hand: (staff: string) => `hand-${staff}`,
  outcome: (kind: string) => `outcome-${kind}`,
  reason: (code: string) => `reason-${code}`,
  amount: 'amount',
  category: (code: string) => `category-${code}`,
  deposit: 'deposit',
  dateQuick: (which: string) => `date-${which}`,
  date: 'date',
  outcomeDone: 'outcome-done',
  name: 'name',
  addressAs: 'address-as',
  number: 'number',
  numberState: 'number-state',
  country: 'country',
  textLanguage: (language: string) => `text-language-${language}`,
  consent: (choice: string) => `consent-${choice}`,
  consentWords: 'consent-words',
  preview: 'preview',
  saveFinish: 'save-finish',
  skipContact: 'skip-contact',
  followup: (visit: string) => `followup-${visit}`,
  countdown: 'countdown',
  putOff: 'put-off',
  cancelText: 'cancel-text',
  reopen: 'reopen',
  editText: 'edit-text',
  editWords: 'edit-words',
  editPreview: 'edit-preview',
  editSegments: 'edit-segments',
  editWhy: 'edit-why',
  editDiscard: 'edit-discard',
  editGoOn: 'edit-go-on',
  editSave: 'edit-save',
  boughtAfterAll: 'bought-after-all',
  correctNumber: 'correct-number',
  correctSave: 'correct-save',
  textState: 'text-state',
  textBody: 'text-body',
  follow: (whose: string) => `follow-${whose}`,
  dayFigure: (which: string) => `day-${which}`,
  unsent: 'unsent',
  needsLook: 'needs-look',
  party: (size: string) => `party-${size}`,
  source: (code: string) => `source-${code}`,
  kind: (code: string) => `kind-${code}`,
  playbook: (id: string) => `playbook-${id}`,
  practice: 'practice',
  lock: 'lock',
  away: (reason: string) => `presence-${reason}`,
  theme: (theme: string) => `theme-${theme}`,
  handSide: (side: string) => `hand-${side}`,
  again: 'try-again',
  sheet: 'sheet',
  sheetClose: 'sheet-close',
} as const;

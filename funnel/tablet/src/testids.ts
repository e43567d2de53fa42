// The names by which a browser test finds what it taps. A test never looks for words: those change with the language.
//
//   enrol-code, enrol-name, enrol-submit, enrol-error      setting up the tablet
//   person-<staff id>, pin, key-<0..9>, key-delete,        signing in
//   signin-other, signin-error, emptied
//   pill, language, settings, me, not-saved, toast, undo   on every screen (pill carries data-state and data-waiting)
//   nav-floor, nav-visits, nav-followups, nav-replies, nav-day          the main menu
//   start-visit, start-details, start-go, presence         the floor
//   tab-<visit id>, stage-<key>, item-<key>,               a visit
//   need-<field>-<code>, objection-<code>, next, leave, more, remove-<reason>, note, note-save, hand-<staff id>
//   end-<kind> of the last stage; outcome-bought, outcome-not_today,      how it ended
//   outcome-coming_back, outcome-left_early, reason-<code>, amount, category-<code>, deposit, date-<which>, date, outcome-done
//   name, address-as, number, country, text-language-<en|zh>, number-state,        the send-off
//   consent-thanks, consent-offers, consent-none, consent-words, preview, save-finish, skip-contact
//   followup-<visit id>, countdown, put-off, cancel-text, reopen, correct-number,           follow-ups
//   text-state (data-state), text-body, late, correct-save, follow-mine, follow-all
//   day-visits, day-bought, day-close, day-texts, unsent, needs-look, try-again    my day
//   party-<n>, source-<code>, kind-<code>, playbook-<id>, practice, start-go        starting with details
//   presence-<break|meal|other|back|off>, lock             one's own sheet (behind `me`)
//   theme-<auto|light|dark>, hand-<left|right>             settings
//   sheet, sheet-close                                     any sheet
export const enrolCode = 'enrol-code';
export const enrolName = 'enrol-name';
export const enrolSubmit = 'enrol-submit';
export const enrolError = 'enrol-error';
export const person = (id: string) => `person-${id}`;
export const pin = 'pin';
export const key = (key: string) => `key-${key}`;
export const signinOther = 'signin-other';
export const signinError = 'signin-error';
export const emptied = 'emptied';
export const pill = 'pill';
export const language = 'language';
export const settings = 'settings';
export const me = 'me';
export const notSaved = 'not-saved';
export const update = 'update';
export const toast = 'toast';
export const undo = 'undo';
export const nav = (screen: string) => `nav-${screen}`;
export const startVisit = 'start-visit';
export const startDetails = 'start-details';
export const startGo = 'start-go';
export const presence = 'presence';
export const tab = (visit: string) => `tab-${visit}`;
export const stage = (key: string) => `stage-${key}`;
export const item = (key: string) => `item-${key}`;
export const need = (field: string, code: string) => `need-${field}-${code}`;
export const objection = (code: string) => `objection-${code}`;
export const next = 'next';
export const leave = 'leave';
export const more = 'more';
export const remove = (reason: string) => `remove-${reason}`;
export const note = 'note';
export const noteSave = 'note-save';
export const hand = (staff: string) => `hand-${staff}`;
export const end = (kind: string) => `end-${kind}`;
export const outcome = (kind: string) => `outcome-${kind}`;
export const reason = (code: string) => `reason-${code}`;
export const amount = 'amount';
export const category = (code: string) => `category-${code}`;
export const deposit = 'deposit';
export const dateQuick = (which: string) => `date-${which}`;
export const date = 'date';
export const outcomeDone = 'outcome-done';
export const name = 'name';
export const addressAs = 'address-as';
export const number = 'number';
export const numberState = 'number-state';
export const country = 'country';
export const textLanguage = (language: string) => `text-language-${language}`;
export const consent = (choice: string) => `consent-${choice}`;
export const consentWords = 'consent-words';
export const preview = 'preview';
export const saveFinish = 'save-finish';
export const skipContact = 'skip-contact';
export const followup = (visit: string) => `followup-${visit}`;
export const countdown = 'countdown';
export const putOff = 'put-off';
export const cancelText = 'cancel-text';
export const reopen = 'reopen';
export const editText = 'edit-text';
export const editWords = 'edit-words';
export const editPreview = 'edit-preview';
export const editSegments = 'edit-segments';
export const editWhy = 'edit-why';
export const editDiscard = 'edit-discard';
export const editGoOn = 'edit-go-on';
export const editSave = 'edit-save';
export const boughtAfterAll = 'bought-after-all';
export const correctNumber = 'correct-number';
export const correctSave = 'correct-save';
export const late = 'late';
export const textState = 'text-state';
export const textBody = 'text-body';
export const follow = (whose: string) => `follow-${whose}`;
export const dayFigure = (which: string) => `day-${which}`;
export const unsent = 'unsent';
export const needsLook = 'needs-look';
export const party = (size: string) => `party-${size}`;
export const source = (code: string) => `source-${code}`;
export const kind = (code: string) => `kind-${code}`;
export const playbook = (id: string) => `playbook-${id}`;
export const practice = 'practice';
export const lock = 'lock';
export const away = (reason: string) => `presence-${reason}`;
export const theme = (theme: string) => `theme-${theme}`;
export const handSide = (side: string) => `hand-${side}`;
export const again = 'try-again';
export const sheet = 'sheet';
export const sheetClose = 'sheet-close';

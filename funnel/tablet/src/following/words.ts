// The words of following up, in both languages.
import { lang } from '../i18n';

const en = {
  title: 'Follow-up',
  list: 'Under way and just ended',
  none: 'No visit is followed up yet. It begins when a visit ends as a plan says.',
  nobody: 'No name',
  ending: (last4: string) => `ending in ${last4}`,
  outcomes: { bought: 'Bought', not_bought: 'Did not buy', left_early: 'Left early' },
  left: (when: string) => `left ${when}`,
  step: (n: number, of: number) => `Step ${n} of ${of}`,
  text: (name: string) => `a text, “${name}”`,
  call: (what: string) => (what === '' ? 'a call' : `a call: ${what}`),
  purposes: { follow_up_day_3: 'A few days later', follow_up_day_30: 'A month later', satisfaction: 'How was it, from 1 to 5?' } as Readonly<Record<string, string>>,
  last: 'All steps are taken. An answer, a visit or a STOP still stops a text that waits.',
  paused: (until: string) => `Pauses until ${until}, since one of us wrote to this customer.`,
  ended: 'Ended',
  running: 'Under way',
  score: (n: number) => `Liked it: ${n} of 5`,
  stop: 'Stop the follow-up',
  sure: 'Nothing more comes. Stop it?',
  yes: 'Yes, stop it',
  back: 'Back',
  over: 'It has ended already.',
  not_saved: 'Not stopped: the server cannot be reached. Please try again.',
};

const zh: typeof en = {
  title: '跟进',
  list: '进行中和刚结束的',
  none: '还没有接待在跟进。接待结束后，按计划开始。',
  nobody: '未留姓名',
  ending: (last4) => `尾号 ${last4}`,
  outcomes: { bought: '已购买', not_bought: '未购买', left_early: '提前离开' },
  left: (when) => `${when} 离店`,
  step: (n, of) => `第 ${n} 步，共 ${of} 步`,
  text: (name) => `短信“${name}”`,
  call: (what) => (what === '' ? '打电话' : `打电话：${what}`),
  purposes: { follow_up_day_3: '几天之后', follow_up_day_30: '一个月后', satisfaction: '满意度：1 到 5 分' },
  last: '全部步骤已开始。顾客回复、再次到店或退订，仍会拦下未发的短信。',
  paused: (until) => `同事刚联系过这位顾客，暂停到 ${until}。`,
  ended: '已结束',
  running: '进行中',
  score: (n) => `满意度 ${n} 分（满分 5 分）`,
  stop: '停止跟进',
  sure: '之后不再跟进，确定停止吗？',
  yes: '确定停止',
  back: '返回',
  over: '跟进已经结束。',
  not_saved: '没有停止：无法连接服务器，请重试。',
};

export const words = (): typeof en => (lang.value === 'zh' ? zh : en);

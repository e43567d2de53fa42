// Every word of the demo's pages, in both languages.
import { lang } from '../i18n';
import type { Lang } from '../core/wire';

const en = {
  title: 'Sendoff in three steps',
  step1: (who: string, pin: string) => `On the tablet, tap ${who}, enter PIN ${pin}, then “Start visit”.`,
  step1Unknown: 'On the tablet, choose a name, enter the PIN, then “Start visit”.',
  step2: 'Go through the stages, say how it ended, take a name and number, and let the customer leave.',
  step3: 'Five minutes later the text goes out. Tap “To the next text” and watch the phone and the manager.',
  clock: 'Clock of the demo',
  ahead: (time: string) => `${time} ahead`,
  nextText: (time: string) => `Next text in ${time}`,
  noNextText: 'No text is waiting',
  minute: '+1 minute',
  toNextText: 'To the next text',
  tomorrow: 'To tomorrow',
  jumpFailed: 'The clock could not be moved. Please try again.',
  start: 'Start',
  starting: 'Setting up the tablet…',
  startFailed: 'The demo could not be started. Is the server running in demo mode?',
  lost: 'The server does not answer. Trying again…',
  tablet: 'The shop’s tablet',
  tabletNote: 'for the associate',
  phone: 'Customer’s phone',
  manager: 'The manager',
  managerNote: 'sees the numbers',
  openAlone: 'Open alone',
  phones: 'Customers’ phones',
  noTexts: 'No text has arrived yet',
  noTextsHint: 'Let a customer who left a number and said yes leave the shop: the text arrives here five minutes later.',
  unknownName: 'No name',
  fresh: 'New',
  texts: (n: number) => (n === 1 ? '1 text' : `${n} texts`),
  answer: 'Answer as the customer',
  send: 'Send',
  stop: 'STOP',
  notAnswered: 'The answer was not sent. Please try again.',
  otherLanguage: '中文',
  backToDemo: 'The whole demo',
};

export type DemoWords = typeof en;

const zh: DemoWords = {
  title: '三步了解 Sendoff',
  step1: (who, pin) => `在平板上点“${who}”，输入 PIN ${pin}，再点“开始接待”。`,
  step1Unknown: '在平板上选择姓名，输入 PIN，再点“开始接待”。',
  step2: '走完接待步骤，登记结果，留下顾客的姓名和手机号，送顾客离店。',
  step3: '五分钟后短信发出。点“跳到下一条短信”，看看手机和店长页面。',
  clock: '演示时钟',
  ahead: (time) => `已快进 ${time}`,
  nextText: (time) => `${time} 后发出下一条短信`,
  noNextText: '没有待发短信',
  minute: '+1 分钟',
  toNextText: '跳到下一条短信',
  tomorrow: '跳到明天',
  jumpFailed: '时钟未能调整，请重试。',
  start: '开始',
  starting: '正在准备平板…',
  startFailed: '演示无法开始。服务器是否以演示模式运行？',
  lost: '服务器没有响应，正在重试…',
  tablet: '店里的平板',
  tabletNote: '导购使用',
  phone: '顾客的手机',
  manager: '店长',
  managerNote: '查看数据',
  openAlone: '单独打开',
  phones: '顾客的手机',
  noTexts: '还没有收到短信',
  noTextsHint: '送走一位留了手机号并同意接收短信的顾客，五分钟后短信就会出现在这里。',
  unknownName: '未留姓名',
  fresh: '新',
  texts: (n) => `${n} 条短信`,
  answer: '以顾客身份回复',
  send: '发送',
  stop: '退订',
  notAnswered: '回复未发出，请重试。',
  otherLanguage: 'English',
  backToDemo: '完整演示',
};

const WORDS: Record<Lang, DemoWords> = { en, zh };

export function words(): DemoWords {
  return WORDS[lang.value];
}

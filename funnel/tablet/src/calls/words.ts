// The words of the calls to make, in both languages.
import { lang } from '../i18n';

const en = {
  title: 'Calls to make',
  none: 'No calls to make right now. The steps of a plan put them here when their time comes.',
  loading: 'Loading the calls…',
  nobody: 'No name',
  ending: (last4: string) => `ending in ${last4}`,
  noNote: 'Ask how they are, and whether you can help.',
  due: (when: string) => `due ${when}`,
  whose: (name: string) => `for ${name}`,
  everybody: 'for whoever is free',
  number: 'Only the last digits are shown here. Look the number up in your visitor book.',
  done: 'Done',
  notReached: 'Not reached',
  why: 'Why not?',
  back: 'Back',
  isDone: 'Done.',
  takeBack: 'Take back',
  unreachable: 'The calls cannot be loaded: the server cannot be reached. Trying again…',
  not_saved: 'Not saved: the server cannot be reached. Please try again.',
  over: 'Somebody else has closed this call meanwhile, or it is no longer needed.',
};

const zh: typeof en = {
  title: '待打电话',
  none: '现在没有要打的电话。计划里的步骤到时间就会出现在这里。',
  loading: '正在读取…',
  nobody: '未留姓名',
  ending: (last4) => `尾号 ${last4}`,
  noNote: '问候一下，看看有什么能帮忙的。',
  due: (when) => `${when} 前后`,
  whose: (name) => `由 ${name} 打`,
  everybody: '谁有空谁打',
  number: '这里只显示尾号，完整号码请查到店登记簿。',
  done: '已打',
  notReached: '没联系上',
  why: '什么原因？',
  back: '返回',
  isDone: '已打。',
  takeBack: '撤回',
  unreachable: '无法连接服务器，读取不到电话，正在重试…',
  not_saved: '没有保存：无法连接服务器，请重试。',
  over: '其他人刚处理过这个电话，或已不需要再打。',
};

export const words = (): typeof en => (lang.value === 'zh' ? zh : en);

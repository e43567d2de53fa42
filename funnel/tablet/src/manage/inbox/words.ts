// The words of the texts that did not arrive, in both languages.
import { language } from '../i18n';
import type { Language } from '../types';

const en = {
  failed: 'Failed',
  loading: 'One moment…',
  none: 'Every text arrived',
  noneHint: 'Texts that the network could not deliver, or that nobody can be sure of, stand here.',
  nobody: 'No name',
  sent: 'It was sent',
  again: 'Send again',
  drop: 'Leave it',
  decided: 'Somebody else has decided this meanwhile.',
  notDecided: 'That was not saved. Please try again.',
  unreachable: 'The server cannot be reached. Trying again…',
};

type Words = typeof en;

const zh: Words = {
  failed: '未送达',
  loading: '请稍候…',
  none: '短信全部送达',
  noneHint: '运营商未能送达、或无法确认是否发出的短信会列在这里。',
  nobody: '未留姓名',
  sent: '已发出',
  again: '再发一次',
  drop: '不再处理',
  decided: '其他人已处理过这条短信。',
  notDecided: '没有保存，请重试。',
  unreachable: '无法连接服务器，正在重试…',
};

const WORDS: Record<Language, Words> = { en, zh };
export const words = (): Words => WORDS[language.value];

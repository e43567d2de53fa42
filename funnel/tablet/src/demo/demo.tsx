import '../style/tokens.css';
import './phones.css';
import './demo.css';
import { effect } from '@preact/signals';
import { render } from 'preact';
import { startPrefs } from '../core/prefs';
import { DemoPage } from './DemoPage';
import { words } from './i18n';
import { enter, startPolling } from './state';

const place = document.getElementById('app');
if (place === null) throw new Error('the page has no #app');
startPrefs();
effect(() => { document.title = words().title; });
render(<DemoPage />, place);
void enter();
startPolling();

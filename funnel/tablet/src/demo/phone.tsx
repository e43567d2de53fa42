import '../style/tokens.css';
import './phones.css';
import './demo.css';
import { effect } from '@preact/signals';
import { render } from 'preact';
import { startPrefs } from '../core/prefs';
import { words } from './i18n';
import { PhonePage } from './PhonePage';
import { startPolling } from './state';

const place = document.getElementById('app');
if (place === null) throw new Error('the page has no #app');
startPrefs();
effect(() => { document.title = words().phones; });
render(<PhonePage />, place);
startPolling();

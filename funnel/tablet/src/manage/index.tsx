// The manager's page: a lazy part of the app, opened under /manage.
import '../style/tokens.css';
import './manage.css';
import './charts.css';
import { render } from 'preact';
import { Manage } from './Manage';
import { start } from './store';

export function mount(element: HTMLElement): void {
  render(<Manage />, element);
  void start();
}

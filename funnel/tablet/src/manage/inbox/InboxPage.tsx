// The manager's inbox: the conversations of every store they answer for, and the texts that did not arrive.
import './inbox.css';
import { useEffect } from 'preact/hooks';
import { Talk } from '../../talk/Talk';
import { aside, begin } from '../../talk/state';
import { Header } from '../Header';
import { endingOf, manager, signedOut } from '../store';
import { Failed, FailedTab } from './Failed';

export function InboxPage() {
  const who = manager.value;
  useEffect(() => {
    const zoneOf = (id: string): string => manager.value?.stores.find((store) => store.id === id)?.zone ?? 'UTC';
    begin({ headers: {}, zoneOf, ended: (refused) => signedOut(endingOf(refused)) });
  }, []);
  return (
    <div class="m-page i-page">
      <Header />
      <main class="i-main">
        <Talk me={who?.id ?? ''} extra={<FailedTab />} {...(aside.value ? { instead: <Failed /> } : {})} />
      </main>
    </div>
  );
}

// What customers answer, on the tablet.
import { useEffect } from 'preact/hooks';
import { PinAgain } from '../components/PinAgain';
import { asTablet } from '../core/replies';
import { me } from '../core/state';
import { Talk } from '../talk/Talk';

export function Replies() {
  useEffect(asTablet, []);
  return (
    <main class="screen replies">
      <PinAgain />
      <Talk me={me.value?.id ?? ''} />
    </main>
  );
}

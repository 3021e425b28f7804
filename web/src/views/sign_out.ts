import { channel, session } from '../app';
import { router } from '../core/router';
import { toastError } from '../widgets/toast';
import { mayLeave } from './leave';

export async function signOut(): Promise<void> {
  if (!(await mayLeave())) return;
  try {
    channel.stop();
    await session.logout();
    router.go(['devices']);
  } catch (error) {
    channel.start();
    toastError(error);
  }
}

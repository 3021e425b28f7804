import { channel, session } from '../app';
import { router } from '../core/router';
import { toastError } from '../widgets/toast';

export async function signOut(): Promise<void> {
  try {
    channel.stop();
    await session.logout();
    router.go(['devices']);
  } catch (error) {
    channel.start();
    toastError(error);
  }
}

import { ControlChannel, openControlSocket } from './api/control';
import { Session } from './api/session';
import { Directory } from './model/directory';
import { watchNotices } from './model/notices';
import { Plugins } from './model/plugins';
import { SavedViews } from './model/saved_views';
import { toast } from './widgets/toast';

/// What the views share. Nothing here touches the page.
export const session = new Session();
export const channel = new ControlChannel({ open: openControlSocket });
export const directory = new Directory(channel);
export const plugins = new Plugins(channel);
export const savedViews = new SavedViews(channel);

watchNotices(channel, directory, toast);

/// Follows the session: the channel runs while somebody is signed in, and what was loaded for one
/// person is forgotten before the next.
let connectedAs = '';
session.subscribe(() => {
  const who = session.state === 'in' ? (session.me?.id ?? '') : '';
  if (who === connectedAs) {
    if (who) channel.start();
    return;
  }
  connectedAs = who;
  channel.stop();
  directory.reset();
  savedViews.reset();
  if (who) channel.start();
});

// A refusal, or a connection that doesn't come back, may mean that the session is over: ask.
let statusBefore = channel.status;
channel.subscribe(() => {
  const { status } = channel;
  if (status === statusBefore) return;
  statusBefore = status;
  if (status === 'refused') void session.recheck().then((state) => state === 'in' && channel.resume());
  if (status === 'waiting') void session.recheck();
});

// "Back" after signing out must not show what was there.
addEventListener('pageshow', (event) => {
  if ((event as PageTransitionEvent).persisted) void session.recheck();
});

// A laptop that wakes up should not wait for the back-off.
addEventListener('online', () => channel.retryNow());
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') channel.retryNow();
});

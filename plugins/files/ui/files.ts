import type { Mount } from '../../../web/plugin-api';
import { App } from './src/app';
import { removeStale } from './src/sinks';
import { style } from './src/style';

/// The files tab: one session with the device's files.
export const mount: Mount = (root, context) => {
  context.adopt(style);
  const app = new App(root, context);
  app.begin();
  void removeStale();
  return () => app.end();
};

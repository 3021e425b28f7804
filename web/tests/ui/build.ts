import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';

/// Where the tests' own build of the page lies.
export const built = {
  web: resolve(__dirname, '../../node_modules/.cache/trellis/web'),
  plugins: resolve(__dirname, '../../node_modules/.cache/trellis/plugins'),
  sources: resolve(__dirname, '../../../plugins'),
};

export default function setup(): void {
  const script = resolve(__dirname, '../../scripts/build.mjs');
  execFileSync(process.execPath, [script, '--out', built.web, '--plugins-out', built.plugins], { stdio: 'inherit' });
}

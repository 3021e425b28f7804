// npm run mock [-- --port 8080 --devices 5000 --setup]: the built page with made-up data.
// Sign in as "admin" with the password "correct horse"; the setup token is "f00dfacecafe".

import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { MockServer } from './server.mjs';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8080' },
    devices: { type: 'string', default: '60' },
    groups: { type: 'string', default: '3' },
    setup: { type: 'boolean', default: false },
  },
});
const web = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const server = new MockServer({
  folders: { web: resolve(web, 'dist'), plugins: resolve(web, 'dist-plugins'), sources: resolve(web, '../plugins') },
  setup: values.setup,
  devices: values.setup ? 0 : Number(values.devices),
  groups: values.setup ? 0 : Number(values.groups),
});
console.log(await server.start(Number(values.port)));

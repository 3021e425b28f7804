import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vite';

/// One plugin's part of the page: every `ui/*.ts` that is not a test becomes `ui/*.js`, an ES module
/// with what it needs beside it. scripts/build.mjs runs this once per plugin, so plugins share nothing.
const root = process.env['TRELLIS_PLUGIN_UI'];
if (!root) throw new Error('TRELLIS_PLUGIN_UI must name the ui folder of one plugin');

const entries = readdirSync(root).filter((name) => /^[\w-]+\.ts$/.test(name));

export default defineConfig({
  root,
  // Chunks are found relative to the module that imports them, wherever the server puts the folder.
  base: './',
  publicDir: false,
  build: {
    outDir: process.env['TRELLIS_PLUGIN_OUT'] ?? join(root, 'dist'),
    emptyOutDir: false,
    target: ['chrome115', 'firefox128', 'safari17'],
    assetsInlineLimit: 0,
    modulePreload: false,
    reportCompressedSize: false,
    rollupOptions: {
      input: Object.fromEntries(entries.map((name) => [name.replace(/\.ts$/, ''), join(root, name)])),
      preserveEntrySignatures: 'strict',
      output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js', hashCharacters: 'hex' },
    },
  },
});

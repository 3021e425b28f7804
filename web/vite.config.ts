import { readFileSync } from 'node:fs';
import { defineConfig, type Plugin } from 'vite';

/// What the heads of all pages have in common.
const head: Plugin = {
  name: 'head',
  transformIndexHtml: { order: 'pre', handler: (html) => html.replace(/ *<!-- head.html -->\n/, () => readFileSync('head.html', 'utf8')) },
};

/// The shell. Plugins' parts are built apart from it (vite.plugins.config.ts) and loaded at run time.
export default defineConfig({
  base: '/',
  plugins: [head],
  build: {
    outDir: process.env['TRELLIS_WEB_OUT'] ?? 'dist',
    emptyOutDir: true,
    target: ['chrome115', 'firefox128', 'safari17'],
    // The content security policy allows no data: scripts or styles; keep every asset a file.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // The technician's page, and the one of guests, who have no account.
    rollupOptions: { input: ['index.html', 'guest.html'], output: { hashCharacters: 'hex' } },
  },
});

import { defineConfig } from 'vite';

/// The shell. Plugins' parts are built apart from it (vite.plugins.config.ts) and loaded at run time.
export default defineConfig({
  base: '/',
  build: {
    outDir: process.env['TRELLIS_WEB_OUT'] ?? 'dist',
    emptyOutDir: true,
    target: ['chrome115', 'firefox128', 'safari17'],
    // The content security policy allows no data: scripts or styles; keep every asset a file.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rollupOptions: { output: { hashCharacters: 'hex' } },
  },
});

import { defineConfig } from 'vitest/config';

/// unit: no browser, no network. ui: the built page in Chromium against the mock server; built first.
export default defineConfig({
  test: {
    // Two files at once, each with a browser of its own.
    minWorkers: 1,
    maxWorkers: 2,
    projects: [
      {
        // Tests of plugins' parts lie outside this folder.
        server: { fs: { strict: false } },
        test: {
          name: 'unit',
          globals: true,
          environment: 'node',
          setupFiles: ['tests/unit/setup.ts'],
          include: ['tests/unit/**/*.test.ts', '../plugins/*/ui/tests/**/*.test.ts'],
        },
      },
      {
        server: { fs: { strict: false } },
        test: {
          name: 'ui',
          globals: true,
          environment: 'node',
          globalSetup: ['tests/ui/build.ts'],
          include: ['tests/ui/**/*.test.ts', '../plugins/*/ui/tests/**/*.ui-test.ts'],
          testTimeout: 180_000,
          hookTimeout: 120_000,
          pool: 'forks',
        },
      },
    ],
  },
});

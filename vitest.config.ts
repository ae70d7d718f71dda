import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/conformance/**', '**/node_modules/**'],
    pool: 'threads',
    maxWorkers: 2,
    // Far above what any test takes, for machines that are busy with something else.
    testTimeout: 60_000,
  },
});

import { defineConfig } from 'vitest/config';

/** Tests that need ../shared; they skip, with a line saying so, where it is absent. */
export default defineConfig({
  test: { include: ['test/conformance/**/*.test.ts'], pool: 'threads', maxWorkers: 2, testTimeout: 600_000 },
});

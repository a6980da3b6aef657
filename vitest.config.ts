import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/harness/setup.ts',
    // The gateway logs a line a request; it matters where a test fails.
    silent: 'passed-only',
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
})

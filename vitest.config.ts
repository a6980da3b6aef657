import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { testFiles } from './test/harness/projects.ts'
import SpreadWaits from './test/harness/spread-waits.ts'

const { unit, workerd } = testFiles()

/** The files mostly wait for a Worker, so more of them run at once than there are cores. */
const MAX_WORKERS = 4 * availableParallelism()

export default defineConfig({
  // Node.js has no such module; Workers are bundled by esbuild and get the real one.
  resolve: {
    alias: { 'cloudflare:workers': join(import.meta.dirname, 'test/harness/cloudflare-workers.ts') },
  },
  test: {
    maxWorkers: MAX_WORKERS,
    // A new module graph for each file would cost more than its tests, so files share a process and clean up after themselves.
    isolate: false,
    // What the first one replaces is restored last, after the spies of a file.
    setupFiles: ['test/harness/log-of-failures.ts', 'test/harness/clean-up.ts'],
    sequence: { sequencer: SpreadWaits },
    // A test takes seconds at most; on a machine that is busy with other work it can take twenty times as long.
    testTimeout: 60_000,
    hookTimeout: 90_000,
    projects: [
      { extends: true, test: { name: 'unit', include: unit } },
      {
        extends: true,
        test: { name: 'workerd', include: workerd, globalSetup: 'test/harness/setup.ts' },
      },
    ],
  },
})

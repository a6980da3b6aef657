import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { testFiles } from './test/harness/projects.ts'
import SpreadWaits from './test/harness/spread-waits.ts'

const { unit, workerd } = testFiles()

const CORES = availableParallelism()

export default defineConfig({
  // Node.js has no such module; Workers are bundled by esbuild and get the real one.
  resolve: {
    alias: { 'cloudflare:workers': join(import.meta.dirname, 'test/harness/cloudflare-workers.ts') },
  },
  test: {
    // A new module graph for each file would cost more than its tests, so files share a process and clean up after themselves.
    isolate: false,
    // What the first one replaces is restored last, after the spies of a file.
    setupFiles: ['test/harness/log-of-failures.ts', 'test/harness/clean-up.ts'],
    sequence: { sequencer: SpreadWaits },
    // A test takes seconds at most; on a machine that is busy with other work it can take twenty times as long.
    testTimeout: 60_000,
    hookTimeout: 90_000,
    projects: [
      // Each process loads all modules, so no more of them than keep the cores busy.
      {
        extends: true,
        test: { name: 'unit', include: unit, maxWorkers: 2 * CORES, sequence: { groupOrder: 0 } },
      },
      {
        extends: true,
        test: {
          name: 'workerd',
          include: workerd,
          globalSetup: 'test/harness/setup.ts',
          // The files mostly wait for a Worker.
          maxWorkers: 4 * CORES,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})

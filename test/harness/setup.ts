import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { bundle } from '../../scripts/bundle.ts'
import { startEmulator } from '../../scripts/workers.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The module that would be deployed. */
    gatewayModule: string
    /** The same with variables, faults and storage that tests can reach while it runs. */
    testModule: string
    /** A Worker with meters and nothing of the gateway around them. */
    meterModule: string
    /** The DashScope emulator of this run; an account of its own for each API key. */
    emulatorAddress: string
  }
}

/** Bundles the gateway and the emulator once a run and starts the emulator for all test files. */
export default async function setup({ provide }: TestProject) {
  const directory = await mkdtemp(join(tmpdir(), 'dashscope-edge-'))
  const [gateway, forTests, meter, emulator] = await Promise.all([
    bundle('src/index.ts', join(directory, 'gateway')),
    bundle('test/harness/worker/index.ts', join(directory, 'for-tests')),
    bundle('test/meter/worker/index.ts', join(directory, 'meter')),
    bundle('emulator/index.ts', join(directory, 'emulator')),
  ])
  const running = await startEmulator(emulator, 0)
  provide('gatewayModule', gateway)
  provide('testModule', forTests)
  provide('meterModule', meter)
  provide('emulatorAddress', running.address)
  return async () => {
    await running.stop()
    await rm(directory, { recursive: true, force: true })
  }
}

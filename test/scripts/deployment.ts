import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach } from 'vitest'
import { deploy } from '../../scripts/deploy/deploy.ts'
import type { Surroundings } from '../../scripts/deploy/surroundings.ts'
import { type DeployedWorker, startDeployedWorker } from './deployed-worker.ts'
import { type FakeAccount, fakeWrangler } from './fake-wrangler.ts'

/** How a deployment ended. */
export interface Deployment {
  printed: string
  /** The sentence of the error that ended it. */
  error: string | undefined
}

/** A Cloudflare account and a deployment into it, new for each test. */
export interface DeploymentRig {
  account: FakeAccount
  worker: DeployedWorker
  /** Lines of `[vars]` in wrangler.toml. */
  vars: string
  /** Lines above `[vars]`. */
  head: string
  /** Size of the module before it is packed; it does not shrink. */
  moduleBytes: number
  deploy: (
    environment?: Record<string, string>,
    args?: string[],
    changes?: Partial<Surroundings>,
  ) => Promise<Deployment>
  /** The steps so far that reached Cloudflare, in their order. */
  commands: () => string[]
}

export function useDeployment(): DeploymentRig {
  const rig = {} as DeploymentRig
  beforeEach(async () => {
    const directory = mkdtempSync(join(tmpdir(), 'dashscope-edge-deploy-'))
    const worker = await startDeployedWorker(() => rig.account.secrets?.ADMIN_TOKEN)
    const account: FakeAccount = {
      calls: [],
      secrets: undefined,
      targets: [worker.address],
      fault: undefined,
    }
    Object.assign(rig, { account, worker, vars: '', head: '', moduleBytes: 1000 })
    rig.commands = () => account.calls.map(({ command }) => command)
    rig.deploy = (environment = {}, args = [], changes = {}) => {
      const config = join(directory, 'wrangler.toml')
      writeFileSync(config, `name = "edge"\nmain = "index.js"\n${rig.head}\n[vars]\n${rig.vars}\n`)
      return run(args, {
        config,
        environment,
        wrangler: fakeWrangler(account),
        bundle: async () => {
          const module = join(directory, 'index.js')
          writeFileSync(module, randomBytes(rig.moduleBytes))
          return module
        },
        askSecret: async (name) => {
          throw new Error(`${name} is not set, and there is no terminal to ask for it.`)
        },
        print: () => undefined,
        pause: async () => undefined,
        ...changes,
      })
    }
    return async () => {
      await worker.stop()
      rmSync(directory, { recursive: true, force: true })
    }
  })
  return rig
}

async function run(args: string[], surroundings: Surroundings): Promise<Deployment> {
  let printed = ''
  const print = (text: string) => {
    printed += `${text}\n`
  }
  try {
    await deploy(args, { ...surroundings, print })
    return { printed, error: undefined }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return { printed, error: error.message }
  }
}

import { writeFileSync } from 'node:fs'
import type { Wrangler, WranglerResult } from '../../scripts/wrangler.ts'

/** The commands that can be made to fail. */
export type Fault = 'whoami' | 'network' | 'deploy' | 'bulk'

export interface FakeCall {
  command: string
  args: readonly string[]
  input: string
}

/** A Cloudflare account as far as wrangler shows it. */
export interface FakeAccount {
  calls: FakeCall[]
  /** The secrets of the Worker; absent until it is deployed. */
  secrets: Record<string, string> | undefined
  /** What a deployment prints as its targets. */
  targets: string[]
  fault: Fault | undefined
}

/** Answers as wrangler 4.164 does, and changes and remembers in `account` what a Worker would have. */
export function fakeWrangler(account: FakeAccount): Wrangler {
  return async (args, { input = '', environment = {} } = {}) => {
    const command = args.slice(0, args[0] === 'secret' ? 2 : 1).join(' ')
    account.calls.push({ command, args, input })
    const { fault } = account
    switch (command) {
      case 'whoami':
        if (fault === 'whoami') return failed('{\n  "loggedIn": false\n}')
        if (fault === 'network') return failed('✘ [ERROR] A request to the Cloudflare API failed.')
        return succeeded('{"loggedIn": true}')
      case 'secret list': {
        if (!account.secrets)
          return failed('✘ [ERROR] Worker "dashscope-edge" not found.\n\nIf this is a new …')
        const list = Object.keys(account.secrets).map((name) => ({ name, type: 'secret_text' }))
        return succeeded(JSON.stringify(list, undefined, 2))
      }
      case 'deploy': {
        if (fault === 'deploy') return failed('✘ [ERROR] You need to register a workers.dev subdomain')
        account.secrets ??= {}
        const entries = [
          { type: 'wrangler-session', version: 1 },
          { type: 'deploy', version: 1, targets: account.targets },
        ]
        const lines = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')
        writeFileSync(environment.WRANGLER_OUTPUT_FILE_PATH ?? '', lines)
        return succeeded('Uploaded dashscope-edge')
      }
      case 'secret bulk':
        if (fault === 'bulk') return failed('✘ [ERROR] The secrets could not be stored.')
        account.secrets = { ...account.secrets, ...JSON.parse(input) }
        return succeeded('')
      default:
        return failed(`✘ [ERROR] Unknown command: ${args.join(' ')}`)
    }
  }
}

function succeeded(output: string): WranglerResult {
  return { code: 0, printed: output, output }
}

function failed(printed: string): WranglerResult {
  return { code: 1, printed, output: '' }
}

import { type Env, readConfig } from '../../config.ts'
import { asGatewayError } from '../../errors.ts'
import { CHINESE_KINDS, type HookKind } from '../../hooks/events/event.ts'
import { type HookSecrets, secretsFault } from '../../hooks/hook-record.ts'
import { listHooks, type StoredHook } from '../../hooks/hook-store.ts'
import { openSecrets } from '../../hooks/secret-box.ts'
import { type Finding, fail, pass, warn } from './finding.ts'
import { inTime, reasonOf } from './storage.ts'

/** The secrets for replies through the platform's API. WeCom's AI bots and DingTalk can reply without secrets. */
const REPLY_SECRETS: Partial<Record<HookKind, readonly string[]>> = {
  github: ['token'],
  gitlab: ['token'],
  slack: ['bot_token'],
  feishu: ['app_id', 'app_secret'],
  lark: ['app_id', 'app_secret'],
}

/**
 * Checks whether every hook has its secrets, and a URL that its platform can call.
 *
 * @param origin the origin of the gateway in the request.
 */
export async function checkHooks(env: Env, origin: string): Promise<Finding[]> {
  try {
    const config = readConfig(env)
    const hooks = (await inTime(() => listHooks(env, undefined))).filter(({ hook }) => !hook.disabled)
    const origins = [origin, ...config.publicUrls]
    const findings = hooks.flatMap((stored) => [
      ...secretFindings(stored, openSecrets(stored.sealed, stored.hook.id, config.adminTokens)),
      ...addressFindings(stored, origins),
    ])
    return findings.length > 0 ? findings : [pass('hooks', 'Every hook has its secrets and can be called.')]
  } catch (thrown) {
    const why = reasonOf(asGatewayError(thrown).message)
    return [
      warn('hooks', `The hooks cannot be read: ${why}.`, 'Fix the other findings, then run this again.'),
    ]
  }
}

function secretFindings({ hook }: StoredHook, secrets: HookSecrets | undefined): Finding[] {
  const { id, kind, reply } = hook
  const enter = (name: string) => `Enter it: npm run edge -- hooks change ${id} --secret ${name}`
  if (secrets === undefined) {
    const says = `${nameOf(hook)} gets no events: its secrets cannot be decrypted, because ADMIN_TOKEN was changed.`
    return [fail('hooks', says, `Enter them again: npm run edge -- hooks change ${id} --secret <name>`)]
  }
  const fault = secretsFault(kind, secrets)
  if (fault !== undefined) return [fail('hooks', `${nameOf(hook)}: ${fault}`, enter('<name>'))]
  const missing = (REPLY_SECRETS[kind] ?? []).find((name) => !secrets[name])
  if (reply.to !== 'platform' || missing === undefined) return []
  return [warn('hooks', `${nameOf(hook)} has no ${missing}, so it cannot reply.`, enter(missing))]
}

function addressFindings({ hook }: StoredHook, origins: readonly string[]): Finding[] {
  const isReachable = origins.some((origin) => !new URL(origin).hostname.endsWith('.workers.dev'))
  if (isReachable || !CHINESE_KINDS.includes(hook.kind)) return []
  return [
    warn(
      'hooks',
      `${nameOf(hook)} has a workers.dev URL, which is mostly blocked in mainland China.`,
      'Add your own domain to the Worker: routes = [{ pattern = "ai.example.com", custom_domain = true }] in wrangler.toml.',
    ),
  ]
}

function nameOf({ id, name, kind }: StoredHook['hook']): string {
  return `The hook "${name}" (${kind}, ${id})`
}

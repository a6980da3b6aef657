import { describe, expect, it } from 'vitest'
import type { Env } from '../../../src/config.ts'
import { checkHooks } from '../../../src/edge/health/hooks.ts'
import type { HookKind } from '../../../src/hooks/events/event.ts'
import type { Hook, HookSecrets } from '../../../src/hooks/hook-record.ts'
import { sealSecrets } from '../../../src/hooks/secret-box.ts'
import { memoryKv } from '../../auth/memory-kv.ts'

const ADMIN_TOKEN = 'correct-horse-battery'
const OWN = 'https://ai.example.com'
const WORKERS_DEV = 'https://edge.name.workers.dev'

const id = (number: number) => `hk_${String(number).padStart(22, 'a')}`

/** A gateway with these hooks; `token` is what their secrets were sealed under. */
async function examine(
  hooks: { kind: HookKind; secrets: HookSecrets; token?: string; fields?: Partial<Hook> }[],
  origin = OWN,
  more: Partial<Env> = {},
) {
  const { kv } = memoryKv()
  for (const [number, { kind, secrets, token = ADMIN_TOKEN, fields }] of hooks.entries()) {
    const hook = { id: id(number), name: 'review', kind, key: 'key_1', reply: { to: 'platform' }, ...fields }
    const stored = { hook, sealed: sealSecrets(secrets, hook.id, [token]) }
    await kv.put(`hook:${hook.id}`, JSON.stringify(stored), { metadata: { key: 'key_1' } })
  }
  const env = { DASHSCOPE_API_KEY: 'sk-1', ADMIN_TOKEN, KEYS: kv, ...more } as Env
  return checkHooks(env, origin)
}

const dingtalk = { kind: 'dingtalk', secrets: { app_secret: 's' } } as const

describe('the check of hooks', () => {
  it('The check passes if every hook has its secrets and a URL of its own.', async () => {
    const github = { kind: 'github', secrets: { secret: 's', token: 't' } } as const
    expect(await examine([github, dingtalk])).toMatchObject([{ check: 'hooks', ok: true }])
    expect((await examine([])).map(({ fix }) => fix)).toEqual([undefined])
  })

  it('A hook whose secrets were stored under a lost ADMIN_TOKEN is found.', async () => {
    const [finding] = await examine([{ ...dingtalk, token: 'another token' }])
    expect(finding).toMatchObject({ ok: false, says: expect.stringContaining('cannot be decrypted') })
    expect(finding?.fix).toContain(`hooks change ${id(0)} --secret`)
  })

  it('Secrets that were stored under the previous ADMIN_TOKEN are opened.', async () => {
    const more = { ADMIN_TOKEN: 'the-next-token-of-all', ADMIN_TOKEN_PREVIOUS: ADMIN_TOKEN }
    expect(await examine([dingtalk], OWN, more)).toMatchObject([
      { ok: true, says: expect.stringMatching(/Every hook/) },
    ])
  })

  it('A hook without the secret that verifies its events is found.', async () => {
    expect(await examine([{ kind: 'github', secrets: { token: 't' } }])).toMatchObject([
      { ok: false, says: expect.stringContaining('secrets.secret') },
    ])
  })

  it('A hook that cannot reply is a warning, unless it is not meant to reply.', async () => {
    const slack = { kind: 'slack', secrets: { signing_secret: 's' } } as const
    expect(await examine([slack])).toMatchObject([
      {
        ok: true,
        says: expect.stringContaining('has no bot_token'),
        fix: expect.stringMatching(/--secret bot_token/),
      },
    ])
    const silent = { ...slack, fields: { reply: { to: 'none' } as Hook['reply'] } }
    expect(await examine([silent])).toMatchObject([{ says: expect.stringMatching(/Every hook/) }])
  })

  it.each<[HookKind, HookSecrets, string, Partial<Env>, boolean]>([
    ['dingtalk', { app_secret: 's' }, WORKERS_DEV, {}, true],
    ['wecom-bot', { token: 't', encoding_aes_key: 'k' }, WORKERS_DEV, {}, true],
    ['dingtalk', { app_secret: 's' }, WORKERS_DEV, { PUBLIC_URLS: OWN }, false],
    ['dingtalk', { app_secret: 's' }, OWN, {}, false],
    ['github', { secret: 's', token: 't' }, WORKERS_DEV, {}, false],
  ])(
    'The check of a %s hook with %j at %s and %j warns of workers.dev: %s',
    async (kind, secrets, origin, more, warns) => {
      const findings = await examine([{ kind, secrets }], origin, more)
      expect(findings.some(({ says }) => says.includes('workers.dev'))).toBe(warns)
    },
  )

  it('Disabled hooks are skipped, and a failing KV is reported.', async () => {
    const disabled = { ...dingtalk, token: 'another token', fields: { disabled: true } }
    expect(await examine([disabled])).toMatchObject([{ says: expect.stringMatching(/Every hook/) }])
    const sick = memoryKv()
    sick.failing.add('list')
    expect(await examine([], OWN, { KEYS: sick.kv })).toMatchObject([
      { ok: true, says: expect.stringContaining('cannot be read') },
    ])
  })
})

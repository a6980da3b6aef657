import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Env, readConfig } from '../../../src/config.ts'
import { interpretStatus } from '../../../src/edge/health/dashscope.ts'
import type { Finding } from '../../../src/edge/health/finding.ts'
import { deepHealth } from '../../../src/edge/health/health.ts'
import type { LedgerHealth } from '../../../src/jobs/ledger/health.ts'
import { breakers, noteFailed } from '../../../src/upstream/breakers.ts'
import { memoryKv } from '../../auth/memory-kv.ts'

const NOW_MS = Date.parse('2026-11-24T12:00:00Z')
const ORIGIN = 'https://ai.example.com'
const API_KEY = 'sk-0123456789abcdef0123456789abcdef'
const BEIJING = 'https://dashscope.aliyuncs.com'
const SINGAPORE = 'https://dashscope-intl.aliyuncs.com'

afterEach(() => vi.unstubAllGlobals())

const HEALTHY: LedgerHealth = {
  queued: 0,
  open: 0,
  overdueMs: 0,
  dead: 0,
  deadKeys: [],
  disabledEndpoints: [],
  lockedSecrets: 0,
}

function environment(changes: Partial<Env> = {}): Env {
  const METER = { getByName: () => ({ owned: async () => [] }) } as unknown as Env['METER']
  const LEDGER = { getByName: () => ({ health: async () => HEALTHY }) } as unknown as Env['LEDGER']
  const POLLER = { getByName: () => ({ health: async () => ({ lagMs: 0 }) }) } as unknown as Env['POLLER']
  const jobs = { FLOW: {} as Env['FLOW'], LEDGER, POLLER }
  const secrets = { DASHSCOPE_API_KEY: API_KEY, ADMIN_TOKEN: 'correct-horse-battery' }
  return { KEYS: memoryKv().kv, CACHE: memoryKv().kv, METER, ...jobs, ...secrets, ...changes } as Env
}

/** DashScope's hosts, of which those named take the key; remembers who was asked. */
function hostsThatTake(...homes: string[]): string[] {
  const asked: string[] = []
  vi.stubGlobal('fetch', async (address: string, init: RequestInit) => {
    const { origin } = new URL(address)
    asked.push(origin)
    const takes =
      homes.includes(origin) && new Headers(init.headers).get('authorization') === `Bearer ${API_KEY}`
    return Response.json({}, { status: takes ? 200 : 401, headers: { date: new Date(NOW_MS).toUTCString() } })
  })
  return asked
}

function of(check: string, findings: readonly Finding[]): Finding[] {
  return findings.filter((finding) => finding.check === check)
}

describe('the deep health check', () => {
  it('A healthy gateway has no findings, and no entry is left behind.', async () => {
    hostsThatTake(BEIJING)
    const keys = memoryKv()
    const findings = await deepHealth(environment({ KEYS: keys.kv }), NOW_MS, ORIGIN)
    expect(findings.filter(({ ok, fix }) => !ok || fix)).toEqual([])
    expect(findings.map(({ check }) => check)).toEqual([
      'secrets',
      'keys',
      'cache',
      'meter',
      'variables',
      'dashscope',
      'clock',
      'origins',
      'poller',
      'deliveries',
      'hooks',
    ])
    expect(keys.counts.put).toBe(1)
    expect(keys.entries.size).toBe(0)
  })

  it('Findings never show a secret.', async () => {
    hostsThatTake()
    const env = environment({ DASHSCOPE_BASE_URL: 'http://dashscope.example', MAX_BODY_BYTES: '4096' })
    const text = JSON.stringify(await deepHealth(env, NOW_MS, ORIGIN))
    expect(text).not.toContain(API_KEY)
    expect(text).not.toContain('correct-horse-battery')
  })

  it.each(['get', 'put', 'delete'] as const)('KV that fails at %s is reported.', async (operation) => {
    hostsThatTake(BEIJING)
    const sick = memoryKv()
    sick.failing.add(operation)
    const findings = await deepHealth(environment({ CACHE: sick.kv }), NOW_MS, ORIGIN)
    expect(findings.filter(({ ok }) => !ok).map(({ check }) => check)).toEqual(['cache'])
  })

  it('KV that shows an entry late is only a warning.', async () => {
    hostsThatTake(BEIJING)
    const late = memoryKv()
    const KEYS = { ...late.kv, get: async () => null } as unknown as KVNamespace
    expect(of('keys', await deepHealth(environment({ KEYS }), NOW_MS, ORIGIN))).toMatchObject([
      { ok: true, fix: expect.stringMatching(/again/) },
    ])
  })

  it('The missing binding is named.', async () => {
    hostsThatTake(BEIJING)
    const { KEYS: _, METER: __, ...rest } = environment()
    const findings = await deepHealth(rest as Env, NOW_MS, ORIGIN)
    expect(findings.filter(({ ok }) => !ok)).toMatchObject([
      { check: 'keys', says: 'The Worker has no binding KEYS.' },
      { check: 'meter', says: 'The Worker has no binding METER.' },
    ])
  })

  it.each<[string, Partial<LedgerHealth & { lagMs: number }>, string, boolean]>([
    ['dead messages', { dead: 3 }, 'deliveries', true],
    ['locked signing secrets', { lockedSecrets: 1 }, 'deliveries', false],
    ['disabled endpoints of the operator', { disabledEndpoints: ['ep_1'] }, 'deliveries', true],
    ['messages that are not sent', { overdueMs: 600_000 }, 'deliveries', false],
    ['a poller that does not run', { lagMs: 600_000 }, 'poller', false],
  ])('The health check reports %s', async (_, sick, check, ok) => {
    hostsThatTake(BEIJING)
    const ledger = { ...HEALTHY, ...sick }
    const LEDGER = { getByName: () => ({ health: async () => ledger }) } as unknown as Env['LEDGER']
    const POLLER = {
      getByName: () => ({ health: async () => ({ lagMs: 0, ...sick }) }),
    } as unknown as Env['POLLER']
    const findings = await deepHealth(environment({ LEDGER, POLLER }), NOW_MS, ORIGIN)
    expect(of(check, findings)).toMatchObject([{ ok, fix: expect.any(String) }])
  })

  it('The finding and its fix name the keys of dead messages.', async () => {
    hostsThatTake(BEIJING)
    const ledger = { ...HEALTHY, dead: 2, deadKeys: ['key_0123456789abcdef'] }
    const LEDGER = { getByName: () => ({ health: async () => ledger }) } as unknown as Env['LEDGER']
    expect(of('deliveries', await deepHealth(environment({ LEDGER }), NOW_MS, ORIGIN))).toMatchObject([
      {
        says: expect.stringContaining('Keys: key_0123456789abcdef.'),
        fix: 'npm run edge -- deliveries list --status dead --key key_0123456789abcdef',
      },
    ])
  })

  it('The wrong variable is named, and the rest is still checked.', async () => {
    const findings = await deepHealth(environment({ ALLOWED_ORIGINS: 'app.example' }), NOW_MS, ORIGIN)
    expect(of('variables', findings)).toMatchObject([
      { ok: false, says: expect.stringContaining('ALLOWED_ORIGINS') },
    ])
    expect(of('keys', findings)).toMatchObject([{ ok: true }])
  })
})

describe('the check of DashScope', () => {
  it('The region that a key belongs to is found.', async () => {
    const asked = hostsThatTake(SINGAPORE)
    const findings = of('dashscope', await deepHealth(environment(), NOW_MS, ORIGIN))
    expect(findings).toMatchObject([
      {
        ok: false,
        says: expect.stringContaining('Singapore'),
        fix: expect.stringContaining(`DASHSCOPE_BASE_URL = "${SINGAPORE}"`),
      },
    ])
    expect(asked[0]).toBe(BEIJING)
  })

  it.each([
    ['InvalidApiKey', false],
    ['invalid_api_key', false],
    ['Arrearage', true],
    ['insufficient_quota', true],
  ])('A refused key is named once, and whether it is ejected for %s is %s', async (code, isNamed) => {
    hostsThatTake(SINGAPORE)
    const env = environment()
    const [target] = readConfig(env).targets
    const rule = { retry: 'elsewhere', scope: 'key', lasting: true } as const
    noteFailed(breakers, { target, model: '', rule, code, retryAfterMs: undefined, nowMs: NOW_MS })
    const findings = of('dashscope', await deepHealth(env, NOW_MS, ORIGIN))
    breakers.clear()
    const aside = {
      ok: false,
      says: expect.stringContaining(`"${code}"`),
      fix: expect.stringContaining('bill'),
    }
    expect(findings).toMatchObject([
      { ok: false, says: expect.stringContaining('does not belong to the region') },
      ...(isNamed ? [aside] : []),
    ])
  })

  it('The key is shown to its own host only, unless the host is a shared one.', async () => {
    const asked = hostsThatTake(SINGAPORE)
    const DASHSCOPE_BASE_URL = 'https://llm-1.cn-beijing.maas.aliyuncs.com'
    const findings = of('dashscope', await deepHealth(environment({ DASHSCOPE_BASE_URL }), NOW_MS, ORIGIN))
    expect(findings).toMatchObject([{ ok: false, says: expect.stringContaining('another region') }])
    expect(asked).toEqual([DASHSCOPE_BASE_URL])
  })

  it('Nothing that the runtime says about a failure is repeated.', async () => {
    vi.stubGlobal('fetch', async () => {
      throw new TypeError(`cannot send ${API_KEY}`)
    })
    const findings = of('dashscope', await deepHealth(environment(), NOW_MS, ORIGIN))
    expect(findings).toMatchObject([
      { ok: false, says: `${BEIJING} (Beijing) does not respond: DashScope could not be reached.` },
    ])
  })

  it('A key that goes to another machine without TLS is a warning.', async () => {
    hostsThatTake('http://dashscope.example')
    const DASHSCOPE_BASE_URL = 'http://dashscope.example'
    const findings = of('dashscope', await deepHealth(environment({ DASHSCOPE_BASE_URL }), NOW_MS, ORIGIN))
    expect(findings).toMatchObject([{ ok: true }, { ok: true, fix: 'Use https://.' }])
  })

  it.each([
    [200, true, false],
    [401, false, true],
    [403, false, true],
    [404, true, true],
    [429, true, true],
    [503, true, true],
  ])('Whether %d is ok is %s, and whether it has a fix is %s', (status, ok, hasFix) => {
    const finding = interpretStatus({ baseUrl: BEIJING, keyName: 'DASHSCOPE_API_KEY' }, status, [])
    expect([finding.ok, finding.fix !== undefined]).toEqual([ok, hasFix])
  })
})

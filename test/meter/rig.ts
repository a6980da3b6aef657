import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'
import { startGateway } from '../../scripts/workers.ts'
import type { OwnedKind } from '../../src/dashscope/ownable.ts'
import { NO_USAGE } from '../../src/dashscope/usage.ts'
import type { Reservation, Verdict } from '../../src/meter/metering.ts'
import type { Owned } from '../../src/meter/object/owned-table.ts'
import type { Settlement } from '../../src/meter/settlement.ts'
import { NOTHING_SPENT } from '../../src/meter/spent.ts'
import type { KeyRecord, Limits, Principal } from '../../src/policy/key-record.ts'

export const ADMIN_TOKEN = 'admin-token-of-the-meter'

type OnFailure = 'refuse' | 'allow'
export type MeterCall =
  | { action: 'reserve'; args: [Principal, Reservation, OnFailure] }
  | { action: 'settle'; args: [Principal, Settlement] }
  | { action: 'release'; args: [Principal, string] }

/** A Worker with meters, and nothing of the gateway around them. */
export interface MeterRig {
  address: () => string
  keys: () => Promise<KVNamespace>
  /** Sends calls in one request; they run at the same moment. */
  call: (calls: MeterCall[]) => Promise<(Verdict | null)[]>
  reserve: (principal: Principal, asked?: Partial<Reservation>) => Promise<Verdict>
  settle: (principal: Principal, settlement: Partial<Settlement>) => Promise<void>
  release: (principal: Principal, id: string) => Promise<void>
  /** Runs SQL in the object of a meter. */
  run: (name: string, statements: readonly string[]) => Promise<void>
  /** Which of these ids the key of a meter owns. */
  owned: (name: string, kind: OwnedKind, ids: readonly string[]) => Promise<Owned[]>
  /** Stops the objects and starts them over the same storage, as Cloudflare does with idle ones. */
  restart: () => Promise<void>
  stop: () => Promise<void>
}

/** @param more variables of the Worker. */
export async function startMeterRig(more: Record<string, string> = {}): Promise<MeterRig> {
  const directory = await mkdtemp(join(tmpdir(), 'dashscope-edge-meter-'))
  const module = inject('meterModule')
  const variables = { DASHSCOPE_API_KEY: 'sk-none', ADMIN_TOKEN, ...more }
  const start = () => startGateway(module, { port: 0, variables, persist: join(directory, 'state') })
  let running = await start()

  async function post<Result>(path: string, body: unknown): Promise<Result> {
    const response = await fetch(running.address + path, { method: 'POST', body: JSON.stringify(body) })
    if (!response.ok) throw new Error(await response.text())
    return response.json() as Promise<Result>
  }
  const call = (calls: MeterCall[]) => post<(Verdict | null)[]>('/calls', calls)
  return {
    address: () => running.address,
    call,
    keys: () => running.miniflare.getKVNamespace('KEYS') as unknown as Promise<KVNamespace>,
    reserve: async (principal, asked = {}) => {
      const [verdict] = await call([{ action: 'reserve', args: [principal, reservation(asked), 'refuse'] }])
      if (!verdict) throw new Error('A reservation must have a verdict.')
      return verdict
    },
    settle: async (principal, settled) => {
      await call([{ action: 'settle', args: [principal, settlement(settled)] }])
    },
    release: async (principal, id) => {
      await call([{ action: 'release', args: [principal, id] }])
    },
    run: async (name, statements) => post('/run', { name, statements }),
    owned: async (name, kind, ids) => post('/owned', { name, kind, ids }),
    restart: async () => {
      await running.stop()
      running = await start()
    },
    stop: async () => {
      await running.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

let keyCount = 0

/** A caller whose key no other test uses. */
export function caller(
  limits: Limits | undefined,
  rest: Omit<Principal, 'keyId' | 'policy'> = {},
  userLimits?: Limits,
): Principal {
  keyCount++
  const record: KeyRecord = {
    id: `key_${keyCount.toString(16).padStart(16, '0')}`,
    name: 'test',
    created_at: '2026-11-01T00:00:00Z',
    ...(limits && { limits }),
    ...(userLimits && { user_limits: userLimits }),
    cache_generation: 0,
  }
  return { keyId: record.id, policy: record, ...rest }
}

/** Noon of a day in the middle of a month. */
export const NOON_MS = Date.parse('2026-11-24T12:00:00Z')

export function reservation(asked: Partial<Reservation> = {}): Reservation {
  const nowMs = asked.nowMs ?? NOON_MS
  const spent = { ...NOTHING_SPENT, tokens: 10, money: 20_000 }
  return { id: crypto.randomUUID(), nowMs, ...spent, expiresMs: nowMs + 600_000, ...asked }
}

export function settlement(settled: Partial<Settlement> = {}): Settlement {
  const nowMs = settled.nowMs ?? NOON_MS
  return {
    startedMs: nowMs,
    nowMs,
    model: 'qwen-plus',
    user: '',
    ending: 'complete',
    usage: usage(6, 4),
    money: 20_000,
    ...settled,
  }
}

/** What an answer used, in tokens. */
export function usage(input: number, output: number): Settlement['usage'] {
  return { ...NO_USAGE, input, output }
}

/** What is left of a limit. */
export function remaining(verdict: Verdict, name: string): number | undefined {
  return verdict.states.find((state) => state.name === name)?.remaining
}

/** The rows of a key's usage report; of November 2026 unless the query says otherwise. */
export async function usageRows(
  { address }: MeterRig,
  key: string,
  query: string,
): Promise<Record<string, unknown>[]> {
  const days = query.includes('from=') ? '' : 'from=2026-11-01&to=2026-11-30&'
  const response = await fetch(`${address()}/edge/usage?key=${key}&${days}${query}`, {
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
  })
  const body = (await response.json()) as { rows: Record<string, unknown>[] }
  return body.rows
}

import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest'
import { authenticate } from '../../src/auth/authenticate.ts'
import { tokenKeys } from '../../src/auth/token-key.ts'
import { type Env, readConfig } from '../../src/config.ts'
import { mintFrom } from '../../src/edge/tokens.ts'
import { type IssuerKey, makeIssuerKey } from '../auth/issuer.ts'
import { type StandIn, startStandIn } from '../auth/stand-in.ts'
import { ADMIN_TOKEN, type OperatorGateway, operatorGateway } from './gateway.ts'

const ORIGIN = 'https://gateway.example'
export const NOW_MS = Date.parse('2026-11-24T12:00:00Z')

/** Where Turnstile says that its widget was solved. */
export const PAGE = { hostname: 'app.example', action: 'chat' }

/** A gateway that mints session tokens; new for each test, at the same moment. */
export interface MintRig {
  gateway: OperatorGateway
  /** Replaces Turnstile and the key set of an issuer. */
  service: StandIn
  issuerKey: IssuerKey
  env: Env
  /** Asks `POST /edge/tokens`. */
  ask: (body: unknown, headers?: Record<string, string>) => ReturnType<typeof mintFrom>
  /** The caller that a token stands for. */
  enter: (token: string, at?: string) => ReturnType<typeof authenticate>
}

/** Prepares a gateway before each test of a file. */
export function useMint(): MintRig {
  const rig = {
    ask: (body, headers = {}) => {
      const request = new Request(`${ORIGIN}/edge/tokens`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      })
      return mintFrom(request, rig.env, readConfig(rig.env), Date.now(), ORIGIN)
    },
    enter: (token, at = ORIGIN) => {
      const place = { keys: tokenKeys(readConfig(rig.env)), origins: [at] }
      return authenticate(new Headers(bearer(token)), rig.env, Date.now(), place)
    },
  } as MintRig
  beforeAll(async () => {
    rig.service = await startStandIn()
    rig.issuerKey = await makeIssuerKey('ES256', 'k')
  })
  afterAll(() => rig.service.stop())
  beforeEach(() => {
    vi.useFakeTimers({ now: NOW_MS, toFake: ['Date'] })
    const { service } = rig
    service.calls = []
    service.answer = { status: 200, body: { success: true, ...PAGE } }
    rig.gateway = operatorGateway()
    rig.env = environment(rig.gateway, service.address)
  })
  afterEach(() => {
    vi.useRealTimers()
  })
  return rig
}

export function bearer(key: string, headers: Record<string, string> = {}) {
  return { authorization: `Bearer ${key}`, ...headers }
}

function environment(gateway: OperatorGateway, address: string): Env {
  const issuer = {
    name: 'login',
    issuer: 'https://login.example',
    jwks: `${address}/jwks`,
    audience: 'chat',
    algorithms: ['ES256'],
  }
  return {
    KEYS: gateway.memory.kv,
    DASHSCOPE_API_KEY: 'sk-upstream',
    ADMIN_TOKEN,
    ALLOWED_ORIGINS: 'https://app.example',
    TURNSTILE_SECRET: 's3cret',
    TURNSTILE_VERIFY_URL: `${address}/siteverify`,
    JWT_ISSUERS: JSON.stringify([issuer, { ...issuer, name: 'other', issuer: 'https://other.example' }]),
  } as Env
}

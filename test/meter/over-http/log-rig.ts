import { afterAll, beforeAll, beforeEach, expect, vi } from 'vitest'
import { TEXT, type TestRequest, until } from '../../harness/caller.ts'
import { startTestGateway, type TestGateway } from '../../harness/gateway.ts'

/** Words that are in no line unless bodies are logged. */
export const PROMPT = 'MyVerySecretPrompt'
export const ADDRESS = '203.0.113.77'
const NO_STORE = { 'cache-control': 'no-store' }

/** One line of the log. */
export type Line = Record<string, unknown> & { request: string }

export interface Question {
  path?: string
  body: object
  headers?: Record<string, string>
}

/** A gateway whose log is read. */
export interface LogRig {
  gateway: TestGateway
  client: { id: string; key: string }
  /** Every line that Workers wrote since the test began. */
  written: string[]
  /** Of these, those that are JSON. */
  lines: () => Line[]
  /** A question of the client's, with secrets in its headers. */
  asked: (question: Question, key?: string) => TestRequest
  /** The one line that is written of a request; waits as long as a second one would need to appear as well. */
  theLine: () => Promise<Line>
}

/** Starts a gateway for a test file and takes its log; the terminal sees nothing of it. `variables` are added. */
export function useLog(variables: Record<string, string> = {}): LogRig {
  const written: string[] = []
  const lines = (): Line[] => written.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line))
  const rig = {
    written,
    lines,
    asked: ({ path = TEXT, body, headers = {} }, key = rig.client.key): TestRequest => {
      const secrets = { 'cf-connecting-ip': ADDRESS, cookie: 'session=MyVerySecretCookie' }
      return {
        address: rig.gateway.address,
        key,
        path,
        body,
        headers: { ...NO_STORE, ...secrets, ...headers },
      }
    },
    theLine: async () => {
      await until('there is a line', () => lines().length > 0)
      await new Promise((resolve) => setTimeout(resolve, 100))
      expect(written).toHaveLength(1)
      return lines()[0] as Line
    },
  } as LogRig
  beforeAll(async () => {
    for (const method of ['log', 'error', 'warn', 'info', 'debug'] as const) {
      vi.spyOn(console, method).mockImplementation(
        (...words: unknown[]) => void written.push(words.join(' ')),
      )
    }
    rig.gateway = await startTestGateway({ UPSTREAM_TIMEOUT_SECONDS: '1', ...variables })
    rig.client = await rig.gateway.issueKey()
  })
  afterAll(async () => {
    vi.restoreAllMocks()
    await rig.gateway.stop()
  })
  beforeEach(() => {
    written.length = 0
  })
  return rig
}

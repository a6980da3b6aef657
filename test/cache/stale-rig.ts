import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect } from 'vitest'
import { ask, nativeBody, TEXT } from '../harness/caller.ts'
import { startTestGateway, type TestGateway } from '../harness/gateway.ts'
import { json, type PlainUpstream, startPlainUpstream } from '../harness/plain-upstream.ts'

/** The lifetime of every entry here. It is over once before the tests of a block begin. */
const LIFETIME_MS = 1000

/** No block has more tests that need an entry past its lifetime. */
const STALE_ENTRIES = 16

/** A gateway whose entries live for a second, and questions whose entries are past their lifetime. */
export interface StaleRig {
  upstream: PlainUpstream
  gateway: TestGateway
  /** The key that `send` uses. */
  key: { id: string; key: string }
  /** Makes DashScope's responses say a text. */
  say: (text: string) => void
  send: (question: string, headers?: Record<string, string>, parameters?: object) => Promise<Response>
  /** Asks several questions, whose response "old" is cached, and waits until the entries are past their lifetime. */
  cacheAndExpire: (count: number) => Promise<string[]>
  /** A question whose response "old" is cached and past its lifetime. */
  stale: () => string
}

/** Starts a gateway before the tests of a block and stops it after them. */
export function useStaleRig(variables: Record<string, string>): StaleRig {
  let staleQuestions: string[] = []
  const rig = {
    say: (text: string) => {
      const choice = { message: { role: 'assistant', content: text }, finish_reason: 'stop' }
      rig.upstream.answer(
        json(
          JSON.stringify({
            output: { choices: [choice] },
            usage: { input_tokens: 1, output_tokens: 1 },
            request_id: 'r',
          }),
        ),
      )
    },
    send: (question: string, headers: Record<string, string> = {}, parameters = {}) => {
      const body = nativeBody('qwen-plus', question, parameters)
      return ask({ address: rig.gateway.address, key: rig.key.key, path: TEXT, body, headers })
    },
    cacheAndExpire: async (count: number) => {
      const questions = Array.from({ length: count }, () => randomUUID())
      rig.say('old')
      await Promise.all(
        questions.map(async (question) => {
          const first = await rig.send(question)
          expect(first.headers.get('cache-status')).toBe('dashscope-edge; fwd=miss; stored')
          await first.text()
        }),
      )
      await sleep(LIFETIME_MS + 50)
      return questions
    },
    stale: () => {
      const question = staleQuestions.pop()
      if (question === undefined) throw new Error('Raise STALE_ENTRIES: every stale entry was used.')
      rig.upstream.seen.length = 0
      return question
    },
  } as StaleRig
  beforeAll(async () => {
    rig.upstream = await startPlainUpstream()
    rig.gateway = await startTestGateway({
      DASHSCOPE_BASE_URL: rig.upstream.address,
      CACHE_TTL_SECONDS: String(LIFETIME_MS / 1000),
      ...variables,
    })
    rig.key = await rig.gateway.issueKey({ cache: { streams: true } })
    staleQuestions = await rig.cacheAndExpire(STALE_ENTRIES)
  })
  afterAll(async () => {
    await rig.gateway.stop()
    await rig.upstream.stop()
  })
  return rig
}

import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, beforeEach } from 'vitest'
import { nativeBody, pastCache, TEXT } from '../harness/caller.ts'
import { startTestGateway, type TestGateway } from '../harness/gateway.ts'
import { json, type PlainUpstream, type Respond, startPlainUpstream } from '../harness/plain-upstream.ts'

/** What each region answers unless a test says otherwise. */
const OK = '{"output":{"text":"ok"},"request_id":"r"}'

/** A gateway with Beijing (two accounts) before Singapore, each behind an upstream of its own. */
export interface Regions {
  gateway: TestGateway
  beijing: PlainUpstream
  singapore: PlainUpstream
  key: string
  /** Where requests went so far, as `beijing`, `beijing/2` and `singapore`, in their order. */
  asked: () => string[]
  /** Asks a question past the cache. A model of its own keeps what an earlier test found out about one out of this one. */
  post: (asked?: Partial<Question>) => Promise<Response>
}

export interface Question {
  path: string
  body: unknown
  headers: Record<string, string>
  key: string
}

const KEYS = { 'sk-beijing-1': 'beijing', 'sk-beijing-2': 'beijing/2', 'sk-singapore': 'singapore' }

/** Gives a file or block a gateway that forgets before each test what it found out about regions. */
export function useRegions(variables: Record<string, string> = {}): Regions {
  const rig = {} as Regions
  let order: string[] = []
  const watched = (respond: Respond): Respond => {
    return (response, seen) => {
      const key = seen.headers.authorization?.replace('Bearer ', '') ?? ''
      order.push(KEYS[key as keyof typeof KEYS] ?? key)
      return respond(response, seen)
    }
  }
  beforeAll(async () => {
    const [beijing, singapore] = await Promise.all([startPlainUpstream(), startPlainUpstream()])
    rig.beijing = { ...beijing, answer: (respond) => beijing.answer(watched(respond)) }
    rig.singapore = { ...singapore, answer: (respond) => singapore.answer(watched(respond)) }
    rig.asked = () => order
    rig.post = ({ path = TEXT, body, headers = {}, key = rig.key } = {}) =>
      fetch(rig.gateway.address + path, {
        method: 'POST',
        headers: pastCache(key, headers),
        body: JSON.stringify(body ?? nativeBody('qwen-plus', 'hello')),
      })
  })
  beforeAll(async () => {
    rig.gateway = await startTestGateway({
      REGIONS: 'beijing,singapore',
      DASHSCOPE_API_KEY: 'sk-beijing-1,sk-beijing-2',
      DASHSCOPE_API_KEY_SINGAPORE: 'sk-singapore',
      DASHSCOPE_BASE_URL: rig.beijing.address,
      DASHSCOPE_BASE_URL_SINGAPORE: rig.singapore.address,
      ...variables,
    })
  })
  beforeEach(async () => {
    await rig.gateway.forgetRegions()
    rig.key = (await rig.gateway.issueKey()).key
    rig.beijing.answer(json(OK))
    rig.singapore.answer(json(OK))
    order = []
  })
  afterAll(() => Promise.all([rig.gateway.stop(), rig.beijing.stop(), rig.singapore.stop()]))
  return rig
}

/** Breaks the connection without an answer. */
export const hangUp: Respond = (response: ServerResponse) => {
  response.socket?.destroy()
}

/** An error of DashScope's native dialect. */
export function error(status: number, code: string, headers: Record<string, string> = {}): Respond {
  return json(JSON.stringify({ code, message: 'm', request_id: code }), status, headers)
}

/** Answers differently from time to time; the last one stays. */
export function inTurn(...responses: Respond[]): Respond {
  let turn = 0
  return (response, seen) => responses[Math.min(turn++, responses.length - 1)]?.(response, seen)
}

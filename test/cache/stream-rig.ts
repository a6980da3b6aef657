import { beforeAll } from 'vitest'
import { ask, until } from '../harness/caller.ts'
import { startTestGateway, type TestGateway } from '../harness/gateway.ts'

/** What a compatible stream asks for that tells its usage. */
export const STREAM_WITH_USAGE = { stream: true, stream_options: { include_usage: true } }
export const ONLY_IF_CACHED = { 'cache-control': 'only-if-cached' }

/** A gateway before the emulator, a key whose streams are not kept, and one whose are. */
export interface StreamRig {
  gateway: TestGateway
  key: string
  keeping: string
  /** Asks with `key` unless told otherwise. */
  send: (path: string, body: unknown, headers?: Record<string, string>, by?: string) => Promise<Response>
  /** How many requests reached DashScope so far. */
  asked: () => Promise<number>
  /** Waits until a body that was asked with the keeping key as a stream is answered from the cache. */
  untilKept: (path: string, body: unknown) => Promise<void>
}

/** Starts them for a test file and stops them afterwards. */
export function useStreamRig(): StreamRig {
  const rig = {
    send: (path, body, headers = {}, by = rig.key) =>
      ask({ address: rig.gateway.address, key: by, path, body, headers }),
    asked: async () => (await rig.gateway.calls()).length,
    untilKept: (path, body) =>
      until('the stream is kept', async () => {
        const again = await rig.send(path, body, ONLY_IF_CACHED, rig.keeping)
        await again.body?.cancel()
        return again.status === 200
      }),
  } as StreamRig
  beforeAll(async () => {
    rig.gateway = await startTestGateway()
    rig.key = (await rig.gateway.issueKey()).key
    rig.keeping = (await rig.gateway.issueKey({ cache: { streams: true } })).key
    return rig.gateway.stop
  })
  return rig
}

let questions = 0

/** A question that no other test of the file asked; it is long enough for several frames. */
export function question(words = 'tell me'): string {
  return `${words} ${++questions} ${'你好😀 and so on '.repeat(12)}`
}

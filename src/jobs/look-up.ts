import type { Target } from '../dashscope/targets.ts'
import { objectAt, parseObject } from '../lib/json/object.ts'
import { textOf } from '../lib/json/utf8.ts'
import { responseHeaders } from '../upstream/headers.ts'
import type { TaskOutcome } from './ledger/outcome.ts'
import { type PollResult, readPoll } from './poll.ts'
import { WATCHED_KINDS, type WatchedKind } from './watched-kinds.ts'

/** DashScope responds to a lookup within milliseconds. */
const LOOKUP_TIMEOUT_MS = 10_000

/** DashScope's response to a lookup. */
export type LookUpResponse = Pick<TaskOutcome, 'status' | 'headers' | 'body' | 'error'>

const NOTHING: LookUpResponse = { status: 0, headers: {}, body: new Uint8Array(0), error: null }

/** Looks up a task or batch at the account that runs it; undefined if that account is no longer configured. */
export async function lookUp(
  target: Target | undefined,
  kind: WatchedKind,
  id: string,
): Promise<{ result: PollResult; response: LookUpResponse }> {
  if (!target) return { result: { kind: 'unknown' }, response: NOTHING }
  const { path, stateIn } = WATCHED_KINDS[kind]
  try {
    const response = await fetch(target.baseUrl + path(id), {
      headers: { authorization: `Bearer ${target.apiKey}` },
      redirect: 'manual',
      signal: AbortSignal.timeout(LOOKUP_TIMEOUT_MS),
    })
    const bytes = new Uint8Array(await response.arrayBuffer())
    const body = parseObject(textOf(bytes))
    const result = readPoll(response.status, stateIn(body), kind)
    const headers = Object.fromEntries(responseHeaders(response.headers))
    const error =
      result.kind === 'ended' && result.status === 'FAILED' ? errorOf(objectAt(body, 'output')) : null
    return { result, response: { status: response.status, headers, body: bytes, error } }
  } catch {
    return { result: { kind: 'failed' }, response: NOTHING }
  }
}

function errorOf(output: Record<string, unknown> = {}): TaskOutcome['error'] {
  const { code, message } = output
  return {
    code: typeof code === 'string' ? code : 'FAILED',
    message: typeof message === 'string' ? message : 'DashScope ended the task as FAILED.',
  }
}

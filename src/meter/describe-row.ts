import type { Usage } from '../dashscope/usage.ts'
import type { Principal } from '../policy/key-record.ts'
import type { RequestRow } from './request-row.ts'
import type { Ending } from './settlement.ts'
import { usageName } from './usage-sum.ts'

/** The input for a row of the request log: a request, a run of a job, or a task or session on a WebSocket. */
export interface LoggedRequest {
  id: string
  principal: Pick<Principal, 'user' | 'token'>
  startedMs: number
  totalMs: number
  model: string
  /** Undefined if the request was refused before its endpoint was known. */
  endpoint?: string
  /** Undefined if nothing was sent to DashScope. */
  region?: string
  status: number
  ending: Ending
  /** DashScope's code, or the gateway's in its native form. */
  code?: string
  /** The gateway's own reason. */
  reason?: string
  /** Undefined if the request was refused before it had an account. */
  used?: { usage: Usage; money: number | undefined }
}

/** The row of a request: names and numbers, never prompts or responses. */
export function describeRow(request: LoggedRequest): RequestRow {
  const { id, principal, startedMs, totalMs, model, endpoint, region, status, ending, used } = request
  const { code, reason } = request
  const { user, token } = principal
  return {
    id,
    started_ms: startedMs,
    ...(user !== undefined && { user: usageName(user) }),
    ...(endpoint !== undefined && { endpoint }),
    model: usageName(model),
    status,
    ending,
    ...(code !== undefined && { code }),
    ...(reason !== undefined && { reason }),
    total_ms: totalMs,
    ...(used && describeUse(used)),
    ...(region !== undefined && { region }),
    ...(token && { token: token.id }),
  }
}

function describeUse({ usage, money }: NonNullable<LoggedRequest['used']>): RequestRow {
  const { input, output, cached, reasoning, estimated } = usage
  return {
    input,
    output,
    ...(cached > 0 && { cached }),
    ...(reasoning > 0 && { reasoning }),
    ...(estimated && { estimated }),
    ...(money !== undefined && { money }),
  }
}

import type { Account, Task } from '../accounts.ts'
import type { EmulatorResponse, Exchange } from '../exchange.ts'
import type { JsonObject } from '../json.ts'
import { beijingTime, RUNNING_MILLISECONDS, statusOf } from './task-state.ts'

const DEFAULT_PAGE_SIZE = 10
const REGION = 'cn-beijing'

/** Answers GET /api/v1/tasks: every task of the account, newest first. Times are in milliseconds since 1970. */
export function listTasks({ account, now, requestId, url }: Exchange): EmulatorResponse {
  const query = url.searchParams
  const page = positive(query.get('page_no'), 1)
  const size = positive(query.get('page_size'), DEFAULT_PAGE_SIZE)
  const found = [...account.tasks.values()].filter((task) => matches(task, query, now)).reverse()
  const shown = found.slice((page - 1) * size, page * size)
  return {
    kind: 'json',
    body: {
      total: found.length,
      data: shown.map((task) => listed(task, account, now)),
      total_page: Math.ceil(found.length / size),
      page_no: page,
      request_id: requestId,
      page_size: size,
    },
  }
}

function positive(text: string | null, fallback: number): number {
  const value = Number(text)
  return Number.isInteger(value) && value > 0 ? value : fallback
}

/** `start_time` and `end_time` are Beijing times written YYYYMMDDhhmmss. */
function matches(task: Task, query: URLSearchParams, now: number): boolean {
  const written = beijingTime(task.submittedAt).replace(/\D/g, '').slice(0, 14)
  return (
    (query.get('task_id') ?? task.id) === task.id &&
    (query.get('model_name') ?? task.model) === task.model &&
    (query.get('status') ?? statusOf(task, now)) === statusOf(task, now) &&
    (query.get('region') ?? REGION) === REGION &&
    (query.get('start_time') ?? '') <= written &&
    written <= (query.get('end_time') ?? '9')
  )
}

function listed(task: Task, account: Account, now: number): JsonObject {
  const status = statusOf(task, now)
  const started = task.submittedAt + task.pendingMilliseconds
  const ended = ['SUCCEEDED', 'FAILED', 'CANCELED'].includes(status)
  return {
    api_key_id: account.apiKeyId,
    caller_parent_id: account.uid,
    caller_uid: account.uid,
    gmt_create: task.submittedAt,
    ...(status === 'PENDING' ? {} : { start_time: task.canceledAt ?? started }),
    ...(ended ? { end_time: task.canceledAt ?? started + RUNNING_MILLISECONDS } : {}),
    model_name: task.model,
    region: REGION,
    request_id: task.requestId,
    status,
    task_id: task.id,
    user_api_unique_key: `apikey:v1:${task.service.replaceAll('/', ':')}:${task.model}`,
  }
}

import type { Env } from '../config.ts'
import type { OwnedKind } from '../dashscope/ownable.ts'
import { type Target, targetsAt } from '../dashscope/targets.ts'
import { readVideoId } from '../dashscope/video-id.ts'
import { videoObject } from '../dashscope/video-object.ts'
import { GatewayError } from '../errors.ts'
import { objectAt } from '../lib/json/object.ts'
import { numberInQuery } from '../policy/query.ts'
import type { UpstreamResponse, WholeResponse } from '../upstream/response.ts'
import { batchFilterOf } from './batch-filter.ts'
import { fileFilterOf } from './file-filter.ts'
import { listOwnItems, readEach } from './item-list.ts'
import type { OwnedCall } from './owned-call.ts'
import { listOwned, ownedOf } from './owners.ts'
import { type ReadPart, responseOfParts } from './response-of-parts.ts'
import { LIST_PAGE_SIZE, listOwnTasks, readTaskList, type TaskPage } from './task-list.ts'
import { taskSnapshot } from './task-snapshot.ts'

/** Numbered pages of files contain at most this many; older files can still be read by their id. */
const MAX_NUMBERED_ITEMS = 1000

/** Sends a request to one account on behalf of the caller, to the given URL and with the given body, if any. */
export type AskAccount = (
  url: URL,
  target: Target,
  bytes?: Uint8Array<ArrayBuffer>,
) => Promise<UpstreamResponse>

/**
 * The caller's own tasks, files or batches from all accounts, in the format of DashScope's list (promise P7).
 *
 * @throws GatewayError if the query is invalid, or a part has no response or an unusable one.
 */
export function listOwn(env: Env, call: OwnedCall, ask: AskAccount, nowMs: number): Promise<WholeResponse> {
  const kind = call.endpoint.ownership?.kind
  const own = kind !== undefined && kind in LISTS ? LISTS[kind as keyof typeof LISTS] : ownFiles
  return responseOfParts((read) => own(env, call, ask, read, nowMs))
}

function ownTasks(
  env: Env,
  { url, principal, targets }: OwnedCall,
  ask: AskAccount,
  read: ReadPart,
  nowMs: number,
) {
  const pageNumber = numberInQuery(url.searchParams, 'page_no') ?? 1
  const pageSize = numberInQuery(url.searchParams, 'page_size', LIST_PAGE_SIZE) ?? 10
  const filters = new URL(url)
  filters.searchParams.delete('page_no')
  filters.searchParams.set('page_size', String(LIST_PAGE_SIZE))
  return listOwnTasks(pageNumber, pageSize, {
    accounts: targets.map((target) => () => {
      const name = `${target.baseUrl} ${target.id} ${filters.search}`
      return taskSnapshot(name, pageNumber, nowMs, () =>
        readTaskList(async (pageOfAccount) => {
          const page = new URL(filters)
          page.searchParams.set('page_no', String(pageOfAccount))
          return taskPage(read(await ask(page, target)))
        }),
      )
    }),
    owned: async (ids) => (await ownedOf(env, principal, 'task', ids)).map(({ id }) => id),
  })
}

function ownFiles(env: Env, call: OwnedCall, ask: AskAccount, read: ReadPart) {
  return ownItems(env, call, 'file', fileFilterOf(call.url.searchParams), ask, read)
}

/** In the format of OpenAI's list of batches, whose clients continue after `last_id`. */
async function ownBatches(env: Env, call: OwnedCall, ask: AskAccount, read: ReadPart) {
  const { data, ...list } = await ownItems(
    env,
    call,
    'batch',
    batchFilterOf(call.url.searchParams),
    ask,
    read,
  )
  return { ...list, data, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null }
}

function ownItems(
  env: Env,
  { url, principal, targets }: OwnedCall,
  kind: OwnedKind,
  belongs: (item: Record<string, unknown>) => boolean,
  ask: AskAccount,
  read: ReadPart,
) {
  // DashScope returns up to 2,000 per page ("List files" page); here each item is a separate request.
  const limit = Math.min(numberInQuery(url.searchParams, 'limit') ?? 20, LIST_PAGE_SIZE)
  return listOwnItems(url.searchParams.get('after') ?? undefined, limit, {
    belongs,
    items: (after, limit) => listOwned(env, principal, kind, after, limit),
    read: async ({ id, home }) => {
      const [target] = targetsAt(targets, home) ?? []
      if (!target) return undefined
      const response = await ask(new URL(`${url.pathname.replace(/\/$/, '')}/${id}`, url), target)
      return response.status === 404 ? undefined : (read(response) as Record<string, unknown>)
    },
  })
}

/** In the format of the native API, which has numbered pages. */
async function ownNativeFiles(
  env: Env,
  { url, principal, targets }: OwnedCall,
  ask: AskAccount,
  read: ReadPart,
) {
  const pageNumber = numberInQuery(url.searchParams, 'page_no') ?? 1
  const pageSize = numberInQuery(url.searchParams, 'page_size', LIST_PAGE_SIZE) ?? 10
  const owned = await listOwned(env, principal, 'native-file', undefined, MAX_NUMBERED_ITEMS)
  const from = (pageNumber - 1) * pageSize
  const files = await readEach(owned.slice(from, from + pageSize), async ({ id, home }) => {
    const [target] = targetsAt(targets, home) ?? []
    if (!target) return undefined
    const response = await ask(new URL(`${url.pathname.replace(/\/$/, '')}/${id}`, url), target)
    // DashScope answers 400 for a file that is gone.
    if (response.status === 404 || response.status === 400) return undefined
    return objectAt(read(response) as Record<string, unknown>, 'data')
  })
  const page = { total: owned.length, page_no: pageNumber, page_size: pageSize, files }
  return { data: page, request_id: crypto.randomUUID() }
}

/**
 * In the format of OpenAI's list of videos. The parameters of a video are in its id; its state is read from its task.
 */
async function ownVideos(
  env: Env,
  { url, principal, targets }: OwnedCall,
  ask: AskAccount,
  read: ReadPart,
  nowMs: number,
) {
  const limit = Math.min(numberInQuery(url.searchParams, 'limit') ?? 20, LIST_PAGE_SIZE)
  const order = url.searchParams.get('order')
  if (order !== null && order !== 'desc') {
    throw new GatewayError('invalid', 'order: expected "desc"; videos are listed newest first.', {
      param: 'order',
    })
  }
  const list = await listOwnItems(url.searchParams.get('after') ?? undefined, limit, {
    belongs: () => true,
    items: (after, count) => listOwned(env, principal, 'video', after, count),
    read: async ({ id, home }) => {
      const request = readVideoId(id)
      const [target] = targetsAt(targets, home) ?? []
      if (!target) return undefined
      const response = await ask(new URL(`/api/v1/tasks/${request.task}`, url), target)
      const output =
        response.status === 404 ? undefined : objectAt(read(response) as Record<string, unknown>, 'output')
      if (!output || output.task_status === 'UNKNOWN') return undefined
      return videoObject(id, request, output, nowMs)
    },
  })
  const ids = list.data.map(({ id }) => id)
  return { ...list, first_id: ids[0] ?? null, last_id: ids.at(-1) ?? null }
}

/** The list function of each kind; other kinds are listed like files. */
const LISTS = {
  task: ownTasks,
  batch: ownBatches,
  'native-file': ownNativeFiles,
  video: ownVideos,
} as const

function taskPage(listed: unknown): TaskPage {
  const page = listed as Partial<TaskPage> | null
  if (Array.isArray(page?.data) && page.data.every((task) => typeof task?.task_id === 'string'))
    return page as TaskPage
  throw new GatewayError('upstream', 'DashScope returned no list of tasks. Try again in a moment.')
}

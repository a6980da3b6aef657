/**
 * Maximum page size of DashScope's task list, which keeps tasks for 24 h. Pages of files, each read separately, have
 * the same limit.
 */
export const LIST_PAGE_SIZE = 100

/** Pages of the account's list per snapshot; the account's limit is 20 requests a second (task API page). */
const LIST_MAX_PAGES = 10

/** A row of DashScope's task list; ids of the operator's account are removed before it is sent to a caller. */
export type TaskRow = Record<string, unknown> & { task_id: string }

export interface TaskPage {
  total_page: number
  request_id: string
  data: TaskRow[]
}

/** All tasks of one account that match a caller's filters, as DashScope listed them. */
export interface TaskSnapshot {
  rows: TaskRow[]
  requestId: string
}

interface TaskSources {
  /** Each account's list, with the caller's filters. */
  accounts: readonly (() => Promise<TaskSnapshot>)[]
  /** Returns the ids, of those given, that the caller owns. */
  owned: (ids: string[]) => Promise<string[]>
}

/** Members that identify the owner of the account; they are hidden from callers. */
const ACCOUNT_MEMBERS = ['api_key_id', 'caller_parent_id', 'caller_uid']

/**
 * The caller's part of the account-wide task lists, as one list: pages and totals count only the caller's tasks.
 *
 * DashScope cannot filter by owner, so each account's list (24 hours of tasks) is read, at most LIST_MAX_PAGES pages
 * of it. In an account with more tasks per day, older ones are missing here, but can still be read by their id.
 *
 * @param pageNumber from 1.
 */
export async function listOwnTasks(pageNumber: number, pageSize: number, { accounts, owned }: TaskSources) {
  const lists = await Promise.all(accounts.map((account) => account()))
  const rows = lists.flatMap((list) => list.rows)
  if (lists.length > 1) rows.sort((one, other) => Number(other.gmt_create) - Number(one.gmt_create))
  const mine = new Set(rows.length > 0 ? await owned(rows.map((row) => row.task_id)) : [])
  const own = rows.filter((row) => mine.has(row.task_id)).map(withoutAccount)
  const start = (pageNumber - 1) * pageSize
  return {
    total: own.length,
    data: own.slice(start, start + pageSize),
    total_page: Math.ceil(own.length / pageSize),
    page_no: pageNumber,
    request_id: lists[0]?.requestId,
    page_size: pageSize,
  }
}

/**
 * Reads the list of one account, at most LIST_MAX_PAGES pages of it.
 *
 * @param page reads one page from DashScope; pages are numbered from 1.
 */
export async function readTaskList(page: (pageNumber: number) => Promise<TaskPage>): Promise<TaskSnapshot> {
  const { data, request_id, total_page } = await page(1)
  const rows = [...data]
  for (let next = 2; next <= Math.min(total_page, LIST_MAX_PAGES); next++)
    rows.push(...(await page(next)).data)
  return { rows, requestId: request_id }
}

function withoutAccount(row: TaskRow): TaskRow {
  const { ...copy } = row
  for (const member of ACCOUNT_MEMBERS) delete copy[member]
  return copy
}

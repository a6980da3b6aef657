/** DashScope's task list gives at most this many a page, and keeps tasks 24 h. A page of files, each asked for by itself, has
 *  no more. */
export const LIST_PAGE_SIZE = 100

/** Pages of the account's list that one snapshot reads; 20 requests a second is the account's limit (task API page). */
const LIST_MAX_PAGES = 10

/** A row of DashScope's task list; the ids that belong to the operator's account are taken out before it leaves. */
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

interface Sources {
  /** Each account's list, with the caller's filters. */
  accounts: readonly (() => Promise<TaskSnapshot>)[]
  /** Those of the ids that the caller owns. */
  owned: (ids: string[]) => Promise<string[]>
}

/** These members name the owner of the account, which callers must not learn. */
const ACCOUNT_MEMBERS = ['api_key_id', 'caller_parent_id', 'caller_uid']

/**
 * The caller's part of the account-wide task lists, as a list of its own: pages and totals count only the caller's tasks.
 *
 * DashScope cannot filter by owner, so each account's list (24 hours of tasks) is read, at most LIST_MAX_PAGES pages of it:
 * in an account with more tasks a day than that, older ones are missing here and still answer by their id.
 *
 * @param pageNumber from 1.
 */
export async function listOwnTasks(pageNumber: number, pageSize: number, { accounts, owned }: Sources) {
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
 * @param page asks DashScope for one page, from 1.
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

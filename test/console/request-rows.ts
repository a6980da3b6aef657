import type { Page } from 'playwright-core'

/** Rows of the request log, newest first, as the API gives them. */
export function fakeRows(count: number): Record<string, unknown>[] {
  return Array.from({ length: count }, (_, index) => fakeRow(count - 1 - index))
}

function fakeRow(seq: number): Record<string, unknown> {
  return {
    seq,
    id: `req_${seq}`,
    started_at: new Date(Date.UTC(2026, 10, 28, 12) + seq * 1000).toISOString(),
    key: 'key_0123456789abcdef',
    endpoint: 'chat-completions',
    model: seq % 3 === 0 ? 'qwen-max' : 'qwen-plus',
    status: seq % 7 === 0 ? 503 : 200,
    ending: seq % 7 === 0 ? 'broken' : 'complete',
    cache: 'miss',
    first_ms: 200 + (seq % 50),
    total_ms: 1200 + (seq % 300),
    input: 100,
    output: 50,
    money: 0.0012,
    attempts: [
      { region: 'beijing', status: 503, ms: 210 },
      { region: 'singapore', status: seq % 7 === 0 ? 503 : 200, ms: 900 },
    ],
  }
}

/** Replaces the request log, so that its size and its growth are known. */
export async function serveRows(page: Page, rows: Record<string, unknown>[]) {
  const asked: string[] = []
  let current = rows
  await page.route('**/edge/requests?*', (route) => {
    const url = new URL(route.request().url())
    asked.push(url.search)
    const since = Number(url.searchParams.get('since') ?? -1)
    const rows = current.filter(({ seq }) => Number(seq) > since)
    return route.fulfill({ json: { rows, next: null, newest: String(current[0]?.seq ?? '') } })
  })
  return {
    asked: () => asked,
    add: (count: number) => {
      const next = current.length
      const fresh = Array.from({ length: count }, (_, index) => fakeRow(next + count - 1 - index))
      current = [...fresh, ...current]
    },
  }
}

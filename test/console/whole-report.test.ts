import { afterEach, expect, it, vi } from 'vitest'
import { askUsage, askUsageCsv } from '../../console/src/pages/usage/whole.ts'

// The page's own needs a window.
vi.mock('../../console/src/state/credentials.ts', () => ({
  clientKey: { peek: () => undefined },
  operator: { peek: () => undefined },
  endOperatorSession: () => undefined,
}))

afterEach(() => void vi.unstubAllGlobals())

/** A gateway whose report has three pages. */
function threePages(): URL[] {
  const asked: URL[] = []
  vi.stubGlobal('fetch', async (path: string) => {
    const url = new URL(path, 'https://gateway.example')
    asked.push(url)
    const page = Number(url.searchParams.get('cursor') ?? 1)
    url.searchParams.set('cursor', String(page + 1))
    const headers = page < 3 ? { link: `<${url.pathname}${url.search}>; rel="next"` } : {}
    if (url.searchParams.get('format') === 'csv')
      return new Response(`day,requests\r\n2026-11-0${page},${page}\r\n`, { headers })
    const row = { day: `2026-11-0${page}`, requests: page, input_tokens: 0, output_tokens: 0 }
    return Response.json(
      { rows: [row], total: row, ...(page < 3 && { cursor: String(page + 1) }) },
      { headers },
    )
  })
  return asked
}

it('The console reads all pages of a report and adds up their totals.', async () => {
  const asked = threePages()
  const { rows, total } = await askUsage('/edge/usage?group_by=day', { credential: 'dse_1' })
  expect(rows.map(({ requests }) => requests)).toEqual([1, 2, 3])
  expect(total.requests).toBe(6)
  expect(asked).toHaveLength(3)
})

it('The console saves all pages as one CSV.', async () => {
  threePages()
  expect(await askUsageCsv('/edge/usage?group_by=day', { credential: 'dse_1' })).toBe(
    'day,requests\r\n2026-11-01,1\r\n2026-11-02,2\r\n2026-11-03,3\r\n',
  )
})

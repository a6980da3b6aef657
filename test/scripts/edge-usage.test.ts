import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { edge } from './edge-tool.ts'

const REPORT = {
  from: '2026-11-01',
  to: '2026-11-24',
  currency: 'CNY',
  group_by: ['model', 'day'],
  rows: [{ model: 'qwen-plus', day: '2026-11-24', requests: 2, money: 0.5 }],
  total: { requests: 2, money: 0.5 },
}
/** From this day on a report has two pages. */
const PAGED = '2026-10-01'
const SHEET = 'model,requests\r\nqwen-plus,2\r\n'

/** A gateway that knows reports alone, and remembers what it was asked. */
let server: Server
let asked: URL[]

beforeAll(async () => {
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://gateway')
    asked.push(url)
    if (url.searchParams.get('from') === 'yesterday') {
      response.writeHead(400).end(JSON.stringify({ message: 'from: expected a day like 2026-11-24.' }))
    } else if (url.searchParams.get('from') === PAGED) {
      const isLast = url.searchParams.has('cursor')
      const next = `<${url.pathname}${url.search}&cursor=next>; rel="next"`
      response.writeHead(200, isLast ? {} : { link: next })
      response.end(url.searchParams.get('format') === 'csv' ? SHEET : JSON.stringify(REPORT))
    } else response.end(url.searchParams.get('format') === 'csv' ? SHEET : JSON.stringify(REPORT))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})

beforeEach(() => {
  asked = []
})

afterAll(() => server?.close())

function usage(...flags: string[]) {
  const { port } = server.address() as AddressInfo
  const variables = {
    DASHSCOPE_EDGE_URL: `http://127.0.0.1:${port}`,
    ADMIN_TOKEN: 'admin-token-of-the-tests',
  }
  return edge(variables, 'usage', ...flags)
}

it('The command asks for what its flags name and prints a table.', async () => {
  const flags = '--from 2026-11-01 --to 2026-11-24 --by model,day --key key_0123456789abcdef'
  const { code, stdout } = await usage(...flags.split(' '))
  expect(asked.map(({ pathname }) => pathname)).toEqual(['/edge/usage'])
  expect(Object.fromEntries(asked[0]?.searchParams ?? [])).toEqual({
    format: 'json',
    from: '2026-11-01',
    to: '2026-11-24',
    group_by: 'model,day',
    key: 'key_0123456789abcdef',
  })
  expect(stdout).toMatch(/^qwen-plus +2026-11-24 +2 +0\.500000$/m)
  expect(code).toBe(0)
})

it('The command prints CSV, or the response unchanged.', async () => {
  expect(await usage('--csv')).toMatchObject({ code: 0, stdout: SHEET })
  expect(JSON.parse((await usage('--json')).stdout)).toEqual(REPORT)
  expect(await usage('--csv', '--json')).toMatchObject({ code: 2, stdout: '' })
})

it('The command repeats what the gateway refuses, in the words of its flags.', async () => {
  expect(await usage('--from', 'yesterday')).toMatchObject({
    code: 1,
    stderr: '--from: expected a day like 2026-11-24.\n',
  })
})

it('The command reads all pages, and adds up rows with the same names.', async () => {
  const report = JSON.parse((await usage('--json', '--from', PAGED)).stdout)
  expect(report).toEqual({
    ...REPORT,
    rows: [{ ...REPORT.rows[0], requests: 4, money: 1 }],
    total: { requests: 4, money: 1 },
  })
  expect(asked).toHaveLength(2)
  const { stdout } = await usage('--csv', '--from', PAGED)
  expect(stdout).toBe('model,requests\r\nqwen-plus,2\r\nqwen-plus,2\r\n')
})

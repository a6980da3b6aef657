import { type Command, type Input, type Outcome, UsageError } from './command.ts'
import { askGateway, type Gateway } from './gateway.ts'
import { table } from './table.ts'

type Row = Readonly<Record<string, string | number>>

interface Report {
  from: string
  to: string
  currency: string
  group_by: string[]
  rows: Row[]
  total: Row
}

/** The columns of every report, used or not; further ones appear if they have a value. */
const ALWAYS_SHOWN = ['requests', 'cache_hits', 'input_tokens', 'output_tokens', 'money']

/** What the gateway calls each flag. */
export const PARAMETERS = { from: 'from', to: 'to', by: 'group_by', key: 'key' }

/** A price per million tokens makes amounts far below a cent. */
const MONEY_DIGITS = 6

/** The report of `GET /edge/usage`. */
export const usageCommand: Command = {
  words: 'usage',
  summary: 'what was used: requests, tokens and money',
  options: {
    from: { type: 'string' },
    to: { type: 'string' },
    by: { type: 'string' },
    key: { type: 'string' },
    csv: { type: 'boolean' },
  },
  flags: [
    ['--from <day>, --to <day>', 'UTC days, both included; the last 30 unless given'],
    ['--by <a,b>', 'some of key, day, model, user'],
    ['--key <key id>', 'of one key alone, also a revoked one'],
    ['--csv', 'as a sheet, with every column'],
  ],
  run: usage,
}

async function usage({ values, json }: Input, gateway: Gateway): Promise<Outcome> {
  if (json && values.csv) throw new UsageError('--json and --csv contradict each other. Give one of them.')
  const query = new URLSearchParams({ format: values.csv ? 'csv' : 'json' })
  for (const [flag, parameter] of Object.entries(PARAMETERS)) {
    const value = values[flag]
    if (typeof value === 'string') query.set(parameter, value)
  }
  const text = await askGateway(gateway, 'GET', `/edge/usage?${query}`)
  return {
    text: json || values.csv ? text.replace(/\n$/, '') : reportText(JSON.parse(text) as Report),
    code: 0,
  }
}

/** A report as a table with its sums in the last line. */
export function reportText({ from, to, currency, group_by, rows, total }: Report): string {
  const span = `${from} to ${to} (UTC), money in ${currency}`
  if (rows.length === 0) return `${span}\n\nNothing was used.`
  const measures = Object.keys(total).filter((name) => ALWAYS_SHOWN.includes(name) || total[name] !== 0)
  const columns = [...group_by, ...measures]
  const lines = [...rows, { ...total, [group_by[0] ?? '']: 'total' }]
  const cells = lines.map((row) => columns.map((column) => cellText(column, row[column])))
  const numbers = new Set(measures.map((_, at) => group_by.length + at))
  return `${span}\n\n${table(columns, cells, numbers)}`
}

function cellText(column: string, value: string | number | undefined): string {
  if (typeof value !== 'number') return value ?? ''
  return column.endsWith('money') ? value.toFixed(MONEY_DIGITS) : String(value)
}

import { type Command, type Input, type Outcome, UsageError } from './command.ts'
import { askPages, type Gateway } from './gateway.ts'
import { idOfKey, listKeys } from './key-names.ts'
import { joined, type Row, regrouped, type UsageReport } from './regroup.ts'
import { table } from './table.ts'

/** Columns that every report shows; others are added if they have values and there is room. */
const ALWAYS_SHOWN = ['requests', 'cache_hits', 'input_tokens', 'output_tokens', 'money']

/** Columns whose heads differ from the names in the report: LEFT would read as what remains. */
const HEADS: Record<string, string> = { cache_hits: 'hits', left: 'disconnected' }

/** The maximum number of measures that fit into 100 columns. */
const MAX_MEASURES = 7

/** Dimensions with a filter flag of the same name. */
const FILTERS = ['region', 'endpoint'] as const

/** The gateway's parameter for each flag. */
export const PARAMETERS = { from: 'from', to: 'to', by: 'group_by', key: 'key' }

/** Decimal places of money: amounts may be far below a cent. */
const MONEY_DIGITS = 6

/** The report of `GET /edge/usage`. */
export const usageCommand: Command = {
  words: 'usage',
  summary: 'show usage: requests, tokens and money',
  options: {
    from: { type: 'string' },
    to: { type: 'string' },
    by: { type: 'string' },
    hour: { type: 'boolean' },
    key: { type: 'string' },
    region: { type: 'string' },
    endpoint: { type: 'string' },
    csv: { type: 'boolean' },
  },
  flags: [
    ['--from <day>, --to <day>', 'days, both included; default: the last 30'],
    ['--by <a,b>', 'some of key, day, hour, model, user, endpoint, region'],
    ['--hour', 'the same as --by hour'],
    ['--key <key id or name>', 'only this key; use the id for a revoked key'],
    ['--region <region>', 'only requests that this region served'],
    ['--endpoint <endpoint>', 'only this endpoint, by its name in the table of endpoints'],
    ['--csv', 'as CSV, with every column'],
  ],
  run: usage,
}

async function usage({ values, json }: Input, gateway: Gateway): Promise<Outcome> {
  if (json && values.csv) throw new UsageError('--json and --csv contradict each other. Give one of them.')
  if (values.hour && values.by !== undefined) {
    throw new UsageError('--hour and --by contradict each other. Give one of them, like --by hour,model.')
  }
  const filters = FILTERS.filter((name) => values[name] !== undefined)
  if (values.csv && filters.length > 0) {
    throw new UsageError(`--csv has all rows: group them with --by ${filters.join(',')} and filter the file.`)
  }
  const by = values.hour ? 'hour' : typeof values.by === 'string' ? values.by : undefined
  const query = new URLSearchParams({ format: values.csv ? 'csv' : 'json' })
  if (typeof values.from === 'string') query.set('from', values.from)
  if (typeof values.to === 'string') query.set('to', values.to)
  const asked = [...new Set([...(by ?? (filters.length > 0 ? 'day' : '')).split(','), ...filters])].filter(
    Boolean,
  )
  if (asked.length > 0) query.set('group_by', asked.join(','))
  if (typeof values.key === 'string') query.set('key', await idOfKey(values.key, gateway))
  const pages = await askPages(gateway, `/edge/usage?${query}`)
  const [text = ''] = pages
  // Later pages have the same header.
  if (values.csv) return done([text, ...pages.slice(1).map(withoutHeader)].join('').replace(/\n$/, ''))
  const whole = joined(pages.map((page) => JSON.parse(page) as UsageReport))
  const wanted = Object.fromEntries(filters.map((name) => [name, String(values[name])]))
  const report = filters.length > 0 ? regrouped(whole, wanted, (by ?? 'day').split(',')) : whole
  if (json)
    return done(filters.length > 0 || pages.length > 1 ? JSON.stringify(report) : text.replace(/\n$/, ''))
  return done(reportText(await withNames(report, gateway)))
}

/** A report as a table with its sums in the last line. */
export function reportText({ from, to, currency, group_by, rows, total }: UsageReport): string {
  const span = `${from} to ${to}, money in ${currency}`
  if (rows.length === 0) return `${span}\n\nThere was no usage.`
  const present = Object.keys(total).filter((name) => ALWAYS_SHOWN.includes(name) || total[name] !== 0)
  const further = present.filter((name) => !ALWAYS_SHOWN.includes(name))
  const shown = further.slice(0, MAX_MEASURES - ALWAYS_SHOWN.length)
  const measures = present.filter((name) => ALWAYS_SHOWN.includes(name) || shown.includes(name))
  const columns = [...group_by, ...measures]
  const lines = [...rows, { ...total, [group_by[0] ?? '']: 'total' }]
  const cells = lines.map((row) => columns.map((column) => cellText(column, row[column])))
  const right = new Set(measures.map((_, at) => group_by.length + at))
  const shrinkable = group_by.map((_, at) => at)
  const head = columns.map((name) => HEADS[name] ?? name.replace(/_tokens$/, ''))
  const omitted = further.slice(shown.length)
  const note = omitted.length === 0 ? '' : `\n\nMore columns with --csv: ${omitted.join(', ')}`
  return `${span}\n\n${table(head, cells, { right, shrinkable })}${note}`
}

/** Adds the names of keys to their ids. */
async function withNames(report: UsageReport, gateway: Gateway): Promise<UsageReport> {
  const { group_by, rows } = report
  if (!group_by.includes('key')) return report
  const known = new Map((await listKeys(gateway)).map(({ id, name }) => [String(id), String(name)]))
  const named = rows.map(
    (row): Row => ({ ...row, name: row.name ?? known.get(String(row.key)) ?? '(revoked)' }),
  )
  const position = group_by.indexOf('key') + 1
  return { ...report, rows: named, group_by: group_by.toSpliced(position, 0, 'name') }
}

function withoutHeader(page: string): string {
  return page.slice(page.indexOf('\n') + 1)
}

function done(text: string): Outcome {
  return { text, code: 0 }
}

function cellText(column: string, value: string | number | null | undefined): string {
  if (typeof value !== 'number') return value ?? ''
  return column.endsWith('money') ? value.toFixed(MONEY_DIGITS) : String(value)
}

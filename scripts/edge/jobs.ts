import type { JobRecord } from '../../src/jobs/job.ts'
import { type Command, type Input, type Outcome, UsageError } from './command.ts'
import { askGateway, type Gateway } from './gateway.ts'
import { FILTERS, KEY, ledgerQuery } from './ledger-query.ts'
import type { Fields } from './policy.ts'
import { record } from './record-text.ts'
import { minuteOf, table } from './table.ts'

const KEY_FLAG = ['--key <key id or name>', 'whose jobs; required'] as const

/** Columns that are truncated if the table is too wide: model and error. */
const SHRINKABLE = [3, 6]

const JOB = { operand: 'job id', options: KEY, flags: [KEY_FLAG] } as const

/** The commands around `/edge/jobs`. */
export const jobCommands: readonly Command[] = [
  {
    words: 'jobs list',
    summary: 'list the jobs of a key, newest first',
    options: { ...FILTERS, kind: { type: 'string' }, model: { type: 'string' } },
    flags: [
      KEY_FLAG,
      ['--status <status>', 'queued, running, waiting, succeeded, failed, canceled or expired'],
      ['--kind <kind>', 'call, task or hook'],
      ['--model <model>', 'of one model'],
      ['--since <time>', 'created since then, in ISO 8601'],
      ['--limit <n>', 'how many to list; default 20'],
    ],
    run: async (input, gateway) => {
      const text = await askGateway(gateway, 'GET', `/edge/jobs${await queryOf(input, gateway)}`)
      const { data } = JSON.parse(text) as { data: JobRecord[] }
      return { text: input.json ? text : jobsText(data), code: 0 }
    },
  },
  {
    ...JOB,
    words: 'jobs show',
    summary: 'one job',
    run: (input, gateway) => askJob(input, gateway, 'GET', ''),
  },
  {
    ...JOB,
    words: 'jobs cancel',
    summary: 'cancel a job; its reservation is charged',
    run: (input, gateway) => askJob(input, gateway, 'POST', '/cancel'),
  },
  {
    ...JOB,
    words: 'jobs retry',
    summary: 'run a failed or expired job again',
    run: (input, gateway) => askJob(input, gateway, 'POST', '/retry'),
  },
]

async function askJob(input: Input, gateway: Gateway, method: string, action: string): Promise<Outcome> {
  const path = `/edge/jobs/${encodeURIComponent(input.operand)}${action}${await queryOf(input, gateway)}`
  const text = await askGateway(gateway, method, path)
  return { text: input.json ? text : record(JSON.parse(text) as Fields), code: 0 }
}

async function queryOf({ values }: Input, gateway: Gateway): Promise<string> {
  if (values.key === undefined) throw new UsageError('Whose jobs? Add --key <key id or name>.')
  return ledgerQuery(values, gateway)
}

/** Jobs as a table. */
export function jobsText(jobs: readonly JobRecord[]): string {
  if (jobs.length === 0) return 'There are no such jobs.'
  const rows = jobs.map(({ id, kind, status, model, created_at, webhook, error }) => [
    id,
    kind,
    status,
    model,
    minuteOf(created_at),
    webhook?.status ?? '',
    error?.code ?? '',
  ])
  const head = ['job', 'kind', 'status', 'model', 'created', 'webhook', 'error']
  return table(head, rows, { shrinkable: SHRINKABLE })
}

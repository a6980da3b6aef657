import type { JobRecord } from '../../src/jobs/job.ts'
import type { DeliveryRecord } from '../../src/jobs/ledger/deliveries-table.ts'
import type { Command, Input, Outcome } from './command.ts'
import { askGateway, type Gateway } from './gateway.ts'
import { table } from './table.ts'

const KEY = { key: { type: 'string' } } as const
const KEY_FLAG = [
  '--key <key id>',
  "whose jobs; without it, the operator's own endpoints and messages",
] as const
const FILTERS = {
  ...KEY,
  status: { type: 'string' },
  since: { type: 'string' },
  limit: { type: 'string' },
} as const

/** The commands around `/edge/jobs`. */
export const jobCommands: readonly Command[] = [
  {
    words: 'jobs list',
    summary: 'the jobs of a key, newest first',
    options: { ...FILTERS, kind: { type: 'string' }, model: { type: 'string' } },
    flags: [
      KEY_FLAG,
      ['--status <status>', 'queued, running, waiting, succeeded, failed, canceled or expired'],
      ['--kind <kind>', 'call, task or hook'],
      ['--model <model>', 'of one model'],
      ['--since <time>', 'created since then, in ISO 8601'],
      ['--limit <n>', 'as many as this, 20 unless given'],
    ],
    run: async ({ values, json }, gateway) => {
      const text = await askGateway(gateway, 'GET', `/edge/jobs?${queryOf(values)}`)
      return { text: json ? text : jobsText((JSON.parse(text) as { data: JobRecord[] }).data), code: 0 }
    },
  },
  {
    words: 'jobs show',
    summary: 'one job',
    operand: 'job id',
    options: KEY,
    flags: [KEY_FLAG],
    run: (input, gateway) => askJob(input, gateway, 'GET', ''),
  },
  {
    words: 'jobs cancel',
    summary: 'cancel a job; what it reserved is charged',
    operand: 'job id',
    options: KEY,
    flags: [KEY_FLAG],
    run: (input, gateway) => askJob(input, gateway, 'POST', '/cancel'),
  },
  {
    words: 'jobs retry',
    summary: 'run a failed or expired job again',
    operand: 'job id',
    options: KEY,
    flags: [KEY_FLAG],
    run: (input, gateway) => askJob(input, gateway, 'POST', '/retry'),
  },
  {
    words: 'deliveries list',
    summary: 'the messages of a key with their tries, newest first',
    options: { ...FILTERS, job: { type: 'string' } },
    flags: [
      KEY_FLAG,
      ['--status <status>', 'pending, delivered or dead'],
      ['--job <job id>', 'of one job'],
      ['--since <time>', 'created since then, in ISO 8601'],
      ['--limit <n>', 'as many as this, 20 unless given'],
    ],
    run: async ({ values, json }, gateway) => {
      const text = await askGateway(gateway, 'GET', `/edge/jobs/deliveries?${queryOf(values)}`)
      const { data } = JSON.parse(text) as { data: DeliveryRecord[] }
      return { text: json ? text : deliveriesText(data), code: 0 }
    },
  },
  {
    words: 'deliveries redeliver',
    summary: 'send one message again',
    operand: 'delivery id',
    options: KEY,
    flags: [KEY_FLAG],
    run: async ({ operand, values, json }, gateway) => {
      const path = `/edge/jobs/deliveries/${encodeURIComponent(operand)}/redeliver?${queryOf(values)}`
      const text = await askGateway(gateway, 'POST', path)
      return { text: json ? text : `${operand} is sent again.`, code: 0 }
    },
  },
  {
    words: 'deliveries redeliver-dead',
    summary: 'send all dead messages of a key again',
    options: { ...KEY, since: { type: 'string' }, until: { type: 'string' } },
    flags: [KEY_FLAG, ['--since <time>, --until <time>', 'created between these times, in ISO 8601']],
    run: async ({ values, json }, gateway) => {
      const { key, ...times } = values
      const path = `/edge/jobs/deliveries/redeliver?${queryOf({ key })}`
      const text = await askGateway(gateway, 'POST', path, { status: 'dead', ...times })
      const { count } = JSON.parse(text) as { count: number }
      return { text: json ? text : `${count} messages are sent again.`, code: 0 }
    },
  },
]

async function askJob(
  { operand, values, json }: Input,
  gateway: Gateway,
  method: string,
  action: string,
): Promise<Outcome> {
  const path = `/edge/jobs/${encodeURIComponent(operand)}${action}?${queryOf(values)}`
  const text = await askGateway(gateway, method, path)
  return { text: json ? text : JSON.stringify(JSON.parse(text), null, 2), code: 0 }
}

function queryOf(values: Input['values']): URLSearchParams {
  const given = Object.entries(values).filter(([name]) => name !== 'json')
  return new URLSearchParams(
    given.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  )
}

/** Jobs as a table. */
export function jobsText(jobs: readonly JobRecord[]): string {
  if (jobs.length === 0) return 'There are no such jobs.'
  const rows = jobs.map(({ id, kind, status, model, created_at, webhook, error }) => [
    id,
    kind,
    status,
    model,
    created_at,
    webhook?.status ?? '',
    error?.code ?? '',
  ])
  return table(['job', 'kind', 'status', 'model', 'created', 'webhook', 'error'], rows)
}

/** Deliveries as a table, with the last error of each. */
export function deliveriesText(deliveries: readonly DeliveryRecord[]): string {
  if (deliveries.length === 0) return 'There are no such messages.'
  const rows = deliveries.map(({ id, job, event, url, status, tries, next_at }) => [
    id,
    job ?? '',
    event,
    status,
    String(tries.length),
    next_at ?? '',
    url,
    tries.at(-1)?.error ?? '',
  ])
  return table(['delivery', 'job', 'event', 'status', 'tries', 'next', 'url', 'last error'], rows)
}

import type { DeliveryRecord } from '../../src/jobs/ledger/deliveries-table.ts'
import type { Command } from './command.ts'
import { askGateway } from './gateway.ts'
import { FILTERS, KEY, ledgerQuery } from './ledger-query.ts'
import { minuteOf, table } from './table.ts'

const KEY_FLAG = [
  '--key <key id or name>',
  'the key whose messages to use; without it, those of the operator',
] as const

/** Columns that are truncated if the table is too wide: URL and last error. */
const SHRINKABLE = [4, 5]

/** The commands around `/edge/jobs/deliveries`. */
export const deliveryCommands: readonly Command[] = [
  {
    words: 'deliveries list',
    summary: 'list the messages of a key with their attempts, newest first',
    options: { ...FILTERS, job: { type: 'string' } },
    flags: [
      KEY_FLAG,
      ['--status <status>', 'pending, delivered or dead'],
      ['--job <job id>', 'of one job'],
      ['--since <time>', 'created since then, in ISO 8601'],
      ['--limit <n>', 'how many to list; default 20'],
    ],
    run: async ({ values, json }, gateway) => {
      const path = `/edge/jobs/deliveries${await ledgerQuery(values, gateway)}`
      const text = await askGateway(gateway, 'GET', path)
      const { data } = JSON.parse(text) as { data: DeliveryRecord[] }
      return { text: json ? text : deliveriesText(data), code: 0 }
    },
  },
  {
    words: 'deliveries redeliver',
    summary: 'redeliver one message',
    operand: 'delivery id',
    options: KEY,
    flags: [KEY_FLAG],
    run: async ({ operand, values, json }, gateway) => {
      const query = await ledgerQuery(values, gateway)
      const path = `/edge/jobs/deliveries/${encodeURIComponent(operand)}/redeliver${query}`
      const text = await askGateway(gateway, 'POST', path)
      return { text: json ? text : `${operand} will be sent again.`, code: 0 }
    },
  },
  {
    words: 'deliveries redeliver-dead',
    summary: 'redeliver all dead messages of a key',
    options: { ...KEY, since: { type: 'string' }, until: { type: 'string' } },
    flags: [KEY_FLAG, ['--since <time>, --until <time>', 'created between these times, in ISO 8601']],
    run: async ({ values: { key, since, until }, json }, gateway) => {
      const path = `/edge/jobs/deliveries/redeliver${await ledgerQuery({ key }, gateway)}`
      const text = await askGateway(gateway, 'POST', path, { status: 'dead', since, until })
      const { count } = JSON.parse(text) as { count: number }
      return { text: json ? text : `${count} messages will be sent again.`, code: 0 }
    },
  },
]

/** Deliveries as a table, with the last error of each. */
export function deliveriesText(deliveries: readonly DeliveryRecord[]): string {
  if (deliveries.length === 0) return 'There are no such messages.'
  const rows = deliveries.map(({ id, event, url, status, tries, next_at }) => [
    id,
    event,
    next_at === null ? status : `${status}, next at ${minuteOf(next_at).slice(-5)}`,
    String(tries.length),
    url,
    tries.at(-1)?.error ?? '',
  ])
  const head = ['delivery', 'event', 'status', 'tries', 'url', 'last error']
  return table(head, rows, { right: new Set([3]), shrinkable: SHRINKABLE })
}

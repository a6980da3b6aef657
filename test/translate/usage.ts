import { until } from '../harness/caller.ts'
import type { TestGateway } from '../harness/gateway.ts'
import { type UsageRow, usageReport } from '../meter/over-http/rig.ts'

/** The usage of a key by endpoint, once as many requests were settled. */
export async function settledUsage(
  gateway: Pick<TestGateway, 'address'>,
  keyId: string,
  requests: number,
): Promise<UsageRow[]> {
  let rows: UsageRow[] = []
  await until(`${requests} requests are settled`, async () => {
    rows = (await usageReport(gateway, `key=${keyId}&group_by=endpoint`)).rows
    return rows.reduce((sum, row) => sum + (row.requests ?? 0), 0) >= requests
  })
  return rows
}

import { formatNumber, texts } from '../texts/texts.ts'
import { useAsk } from '../ui/use-ask.ts'

interface ErrorRow {
  code: string
  reason?: string
  status?: number
  requests: number
}

interface Percentiles {
  p50?: number
  p90?: number
  p99?: number
}

interface LatencyRow {
  model: string
  requests: number
  first_ms?: Percentiles
  total_ms?: Percentiles
}

/** What fails, by code. */
export function ErrorsByCode({ keyId }: { keyId: string }) {
  const { overview, usage } = texts()
  const rows = useAsk<{ rows: ErrorRow[] }>(withKey('/edge/errors?group_by=code', keyId), 'operator').data
    ?.rows
  if (!rows || rows.length === 0) return null
  return (
    <section class="card stack">
      <h2>{overview.errorsByCode}</h2>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">{overview.errors}</th>
              <th scope="col" class="number">
                {usage.requests}
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ code, reason, status, requests }) => (
              <tr key={`${status} ${code} ${reason}`}>
                <th scope="row">
                  {status} <code>{code}</code> {reason}
                </th>
                <td class="number">{formatNumber(requests)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

/** How fast models answer. */
export function Latency({ keyId }: { keyId: string }) {
  const { overview, usage, play } = texts()
  const rows = useAsk<{ rows: LatencyRow[] }>(withKey('/edge/latency?group_by=model', keyId), 'operator').data
    ?.rows
  if (!rows || rows.length === 0) return null
  const columns = ['p50', 'p90', 'p99'] as const
  return (
    <section class="card stack">
      <h2>{overview.latency}</h2>
      <div class="scroll">
        <table>
          <caption class="hint">{overview.latencyCaption}</caption>
          <thead>
            <tr>
              <th scope="col">{usage.dimensions.model}</th>
              <th scope="col" class="number">
                {usage.requests}
              </th>
              {[play.firstByte, play.total].flatMap((what) =>
                columns.map((column) => (
                  <th key={what + column} scope="col" class="number">
                    {what} {column}
                  </th>
                )),
              )}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ model, requests, first_ms, total_ms }) => (
              <tr key={model}>
                <th scope="row">{model}</th>
                <td class="number">{formatNumber(requests)}</td>
                {[first_ms, total_ms].flatMap((percentiles, at) =>
                  columns.map((column) => (
                    <td key={at + column} class="number">
                      {percentiles?.[column] === undefined ? '—' : formatNumber(percentiles[column])}
                    </td>
                  )),
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function withKey(path: string, keyId: string): string {
  return keyId ? `${path}&key=${keyId}` : path
}

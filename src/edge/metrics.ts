import { NANOS } from '../dashscope/prices.ts'
import { addMeasures, MEASURES, type Measure, type Measures, noMeasures } from '../meter/measures.ts'
import { OTHER_LABEL } from '../meter/object/usage-table.ts'
import { askKeyTotals } from '../meter/totals.ts'
import type { EdgeContext } from '../proxy/exchange.ts'

/** Keys with series of their own; the others share one, so that the number of series stays bounded. */
const MAX_KEYS = 50

/** Text format 0.0.4 of Prometheus. */
const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** `GET /metrics`: sums that are never reset, in the text format of Prometheus. They lag by some minutes. */
export async function getMetrics(c: EdgeContext): Promise<Response> {
  const rows = await askKeyTotals(c.env)
  const requests = new Map<string, number>()
  for (const { key = '', requests: added } of rows) requests.set(key, (requests.get(key) ?? 0) + added)
  const busiest = [...requests].toSorted(([, one], [, other]) => other - one).slice(0, MAX_KEYS)
  const shown = new Set(busiest.map(([key]) => key))
  const series = new Map<string, Measures>()
  for (const { key = '', model = '', ...measures } of rows) {
    const labels = `{key=${quoted(shown.has(key) ? key : OTHER_LABEL)},model=${quoted(model)}}`
    const sum = series.get(labels) ?? noMeasures()
    series.set(labels, sum)
    addMeasures(sum, measures)
  }
  c.header('content-type', CONTENT_TYPE)
  return c.body(MEASURES.map((measure) => metric(measure, series)).join(''))
}

function metric(measure: Measure, series: ReadonlyMap<string, Measures>): string {
  const name = `dashscope_edge_${measure}_total`
  const unit = measure.endsWith('money') ? NANOS : 1
  const lines = [...series].map(([labels, sums]) => `${name}${labels} ${sums[measure] / unit}\n`)
  return `# TYPE ${name} counter\n${lines.join('')}`
}

/** Callers choose the names of models (Prometheus, text format, label values). */
function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`
}

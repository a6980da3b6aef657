import { NANOS } from '../dashscope/prices.ts'
import { addMeasures, MEASURES, type Measure, type Measures, noMeasures } from '../meter/measures.ts'
import type { ErrorTotal } from '../meter/object/error-totals.ts'
import { OTHER_LABEL } from '../meter/object/usage-table.ts'
import { askErrorTotals, askKeyTotals } from '../meter/totals.ts'
import type { EdgeContext } from '../proxy/exchange.ts'

/** Keys with separate series; all others share one, so that the number of series is bounded. */
const MAX_KEYS = 50

const ERRORS = 'dashscope_edge_errors_total'

/** Text format 0.0.4 of Prometheus. */
const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** `GET /metrics`: counters that are never reset, in the text format of Prometheus. They lag by a few minutes. */
export async function getMetrics(c: EdgeContext): Promise<Response> {
  const [rows, errors] = await Promise.all([askKeyTotals(c.env), askErrorTotals(c.env)])
  const requests = new Map<string, number>()
  for (const { key = '', requests: added } of rows) requests.set(key, (requests.get(key) ?? 0) + added)
  const busiest = [...requests].toSorted(([, one], [, other]) => other - one).slice(0, MAX_KEYS)
  const shown = new Set(busiest.map(([key]) => key))
  const labelOf = (key: string) => (shown.has(key) ? key : OTHER_LABEL)
  const series = new Map<string, Measures>()
  for (const { key = '', model = '', ...measures } of rows) {
    const labels = `{key=${quoted(labelOf(key))},model=${quoted(model)}}`
    const sum = series.get(labels) ?? noMeasures()
    series.set(labels, sum)
    addMeasures(sum, measures)
  }
  c.header('content-type', CONTENT_TYPE)
  const metrics = MEASURES.map((measure) => metric(measure, series))
  return c.body([...metrics, errorMetric(errors, labelOf)].join(''))
}

function metric(measure: Measure, series: ReadonlyMap<string, Measures>): string {
  const name = `dashscope_edge_${measure}_total`
  const unit = measure.endsWith('money') ? NANOS : 1
  const lines = [...series].map(([labels, sums]) => `${name}${labels} ${sums[measure] / unit}\n`)
  return `# TYPE ${name} counter\n${lines.join('')}`
}

/** The counters of requests that ended with an error, by code. */
function errorMetric(errors: readonly ErrorTotal[], labelOf: (key: string) => string): string {
  const series = new Map<string, number>()
  for (const { key, model, code, requests } of errors) {
    const labels = `{key=${quoted(labelOf(key))},model=${quoted(model)},code=${quoted(code)}}`
    series.set(labels, (series.get(labels) ?? 0) + requests)
  }
  const lines = [...series].map(([labels, sum]) => `${ERRORS}${labels} ${sum}\n`)
  return `# TYPE ${ERRORS} counter\n${lines.join('')}`
}

/** Escapes a label value, since callers choose the model names (Prometheus, text format, label values). */
function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`
}

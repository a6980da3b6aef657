import { type Billing, priceOf } from '../dashscope/prices.ts'
import { usageOf } from '../dashscope/read-usage.ts'
import type { Region } from '../dashscope/regions.ts'
import { addUsage, NO_USAGE, USAGE_COUNTS, type Usage } from '../dashscope/usage.ts'
import { objectAt, parseObject } from '../lib/json/object.ts'
import { textOf } from '../lib/json/utf8.ts'

/** The usage of a batch, from the lines of its output file. */
export interface BatchUsage {
  /** Lines with a response. */
  lines: number
  usage: Usage
  /** In nanos; undefined if no line has a known price. */
  money: number | undefined
}

/** How to price the lines of an output file. */
export interface OutputRules {
  /** The model of lines without one. */
  model: string
  region: Region
  billing: Billing
  /** The usage of a line that reports none. */
  perLine: Usage
}

/** The usage before the first line. */
export const NO_BATCH_USAGE: BatchUsage = { lines: 0, usage: NO_USAGE, money: undefined }

/**
 * Adds a line of an output file, `{custom_id, response: {status_code, body}, error}`. Each line is priced separately,
 * since the length of its input selects its tier.
 *
 * @returns the new sum; unchanged if the line is empty or reports a failure.
 */
export function addOutputLine(sum: BatchUsage, line: Uint8Array, rules: OutputRules): BatchUsage {
  const response = objectAt(parseObject(textOf(line)), 'response')
  if (!response) return sum
  const body = objectAt(response, 'body')
  const reported = usageOf(body, ['usage'])
  const isFailure = typeof response.status_code === 'number' && response.status_code >= 400
  if (!reported && isFailure) return sum
  const usage = reported ?? { ...rules.perLine, estimated: true }
  const model = typeof body?.model === 'string' ? body.model : rules.model
  const { region, billing } = rules
  const money =
    priceOf(model, region, usage, billing, true) ?? priceOf(rules.model, region, usage, billing, true)
  return {
    lines: sum.lines + 1,
    usage: { ...addUsage(sum.usage, usage), ...(usage.estimated && { estimated: true }) },
    money: money === undefined ? sum.money : (sum.money ?? 0) + money,
  }
}

/** An equal share of a sum for each of some lines, rounded up. */
export function shareOf(usage: Usage, lines: number): Usage {
  const share: Usage = { ...NO_USAGE }
  for (const name of USAGE_COUNTS) share[name] = Math.ceil(usage[name] / Math.max(1, lines))
  return share
}

import { describe, expect, it } from 'vitest'
import { NO_USAGE } from '../../src/dashscope/usage.ts'
import { addOutputLine, NO_BATCH_USAGE, type OutputRules, shareOf } from '../../src/jobs/batch-output.ts'
import { bytesOf } from '../../src/lib/json/utf8.ts'

const RULES: OutputRules = {
  model: 'qwen-flash',
  region: 'beijing',
  billing: { currency: 'CNY', overrides: { 'qwen-flash': { tiers: [{ input: 2, output: 4 }] } } },
  perLine: { ...NO_USAGE, input: 10, output: 20 },
}

function sum(...lines: unknown[]) {
  return lines.reduce<typeof NO_BATCH_USAGE>(
    (total, line) =>
      addOutputLine(total, bytesOf(typeof line === 'string' ? line : JSON.stringify(line)), RULES),
    NO_BATCH_USAGE,
  )
}

function response(usage: unknown, more: object = {}) {
  return {
    custom_id: '1',
    response: { status_code: 200, body: { model: 'qwen-flash', usage, ...more } },
    error: null,
  }
}

describe('the output of a batch', () => {
  it('Each line is priced at the batch price.', () => {
    const usage = { prompt_tokens: 26, completion_tokens: 49, total_tokens: 75 }
    const total = sum(response(usage), response(usage))
    expect(total).toMatchObject({ lines: 2, usage: { input: 52, output: 98 } })
    expect(total.money).toBe(((52 * 2 + 98 * 4) / 2) * 1000)
  })

  it('A line without usage counts as its share of the estimate.', () => {
    expect(sum(response(undefined))).toMatchObject({
      lines: 1,
      usage: { input: 10, output: 20, estimated: true },
    })
    expect(shareOf({ ...NO_USAGE, input: 10, output: 7 }, 3)).toMatchObject({ input: 4, output: 3 })
  })

  it.each([
    ['an empty line', ''],
    ['no JSON', 'x'],
    ['a request that failed', { custom_id: '1', response: null, error: { code: 'x' } }],
    ['a response that is an error', { response: { status_code: 400, body: { error: {} } } }],
  ])('Nothing is counted for %s', (_name, line) => {
    expect(sum(line)).toEqual(NO_BATCH_USAGE)
  })

  it('A line whose model has no price is priced as the model of the batch.', () => {
    const usage = { prompt_tokens: 10, completion_tokens: 0 }
    expect(sum(response(usage, { model: 'unheard-of' })).money).toBe(10 * 1000)
  })
})

import { describe, expect, it } from 'vitest'
import { judge } from '../../../../tools/bench/peers/claims.ts'
import { sentenceOnMachine, sentencesOf, tablesOf } from '../../../../tools/bench/peers/tables.ts'
import { aResult } from './a-result.ts'

describe('tablesOf', () => {
  it('Medians are shown with their quartiles, and a dash if nothing was measured.', () => {
    const [throughput, streams, firstEvent] = tablesOf(aResult())
    expect(throughput?.rows).toEqual([
      ['direct', '9000 [8100 9900]', '–'],
      ['dashscope-edge', '3000 [2700 3300]', '200 [180 220]'],
      ['Portkey', '500 [450 550]', '1000 [900 1100]'],
    ])
    expect(streams?.head.slice(1)).toEqual(['10 events', '100 events'])
    expect(streams?.rows).toEqual([
      ['dashscope-edge', '20.0 [18.0 22.0]', '10.0 [9.0 11.0]'],
      ['Portkey', '90.0 [81.0 99.0]', '–'],
    ])
    expect(firstEvent?.rows[0]).toEqual(['dashscope-edge', '1.00 [0.90 1.10]'])
  })

  it('The number of open streams, lost responses and calls is shown.', () => {
    const [, , , memory, leaving, identical] = tablesOf(aResult())
    expect(memory?.head[0]).toBe('Memory, 1000 streams asked for at once')
    expect(memory?.rows).toEqual([['dashscope-edge', '999', '80', '121']])
    expect(leaving?.head[1]).toBe('while events flow')
    expect(leaving?.rows[0]).toEqual(['dashscope-edge', '10.0 [9.0 11.0]'])
    expect(leaving?.rows[1]?.[1]).toMatch(/^not within \d+ ms$/)
    expect(identical?.rows).toEqual([
      ['dashscope-edge', '1'],
      ['Portkey', '100, 99'],
    ])
  })

  it('Every row has as many cells as its head, even for a run that measured little.', () => {
    for (const result of [aResult(), aResult({ streams: [], leaving: [], firstEvent: [], identical: [] })]) {
      for (const { head, rows } of tablesOf(result))
        for (const row of rows) expect(row).toHaveLength(head.length)
    }
  })
})

describe('sentencesOf', () => {
  it('A claim that the run does not support is reported as such.', () => {
    const result = aResult({ identical: [] })
    const { claims } = sentencesOf(result)
    expect(claims[0]).toBe(
      `${judge(result)[0]?.sentence} Measured: 6.0 times, 5.0 times by CPU time a request.`,
    )
    expect(claims.at(-1)).toBe(
      'Not supported by this run: "One upstream call for 100 identical requests at once." Measured: nothing.',
    )
  })

  it('The place, time and method of measurement come before the remarks of the run.', () => {
    const { remarks } = sentencesOf(aResult())
    expect(remarks[0]).toBe(sentenceOnMachine(aResult().machine))
    expect(remarks[0]).toMatch(/^2026-11-24, 2 cores of .*; workerd 1\.2, node 22\.1\.$/)
    expect(remarks[1]).toMatch(/of 5 rounds .* Other programs used 26 % of the machine meanwhile\.$/)
    expect(remarks.slice(2)).toEqual(['A remark.'])
  })
})

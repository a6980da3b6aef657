import { describe, expect, it } from 'vitest'
import { findEndpoint } from '../../src/dashscope/endpoints.ts'
import type { Region } from '../../src/dashscope/regions.ts'
import { type Latency, measured, usualWithinMs } from '../../src/upstream/latency.ts'
import { eligibleTargets, fastestFirst, nearestFirst } from '../../src/upstream/select.ts'
import { targets } from './places.ts'

const ALL = targets('beijing', 'beijing/2', 'singapore', 'virginia')
const TEXT = '/api/v1/services/aigc/text-generation/generation'

function go(path: string, model: string, regions?: Region[], headers: Record<string, string> = {}): string[] {
  const found = findEndpoint('POST', path)
  if (found.kind !== 'endpoint') throw new Error(`No endpoint ${path}.`)
  const policy = regions ? { regions } : {}
  return eligibleTargets(ALL, { policy, endpoint: found.endpoint, model, headers: new Headers(headers) }).map(
    ({ id }) => id,
  )
}

describe('the targets of a request', () => {
  const everywhere = ALL.map(({ id }) => id)
  it.each<[string, string[], string[]]>([
    ['anywhere', go(TEXT, 'qwen-plus'), everywhere],
    ['where the key is pinned to', go(TEXT, 'qwen-plus', ['singapore', 'tokyo']), ['singapore']],
    ['to the region of the model', go(TEXT, 'qwen-long'), ['beijing', 'beijing/2']],
    ['to the region of the suffix', go(TEXT, 'qwen-plus-us'), ['virginia']],
    ['not where the model is, where the key may not', go(TEXT, 'qwen-long', ['singapore']), ['singapore']],
    [
      'with a file, to the model that reads it',
      go('/compatible-mode/v1/files', '(file-upload)'),
      ['beijing', 'beijing/2'],
    ],
    ['with an application, to the first account', go('/api/v1/apps/a/completion', 'app:a'), ['beijing']],
    ['with a response, to the first account', go('/compatible-mode/v1/responses', 'qwen-plus'), ['beijing']],
    [
      'with media behind oss://, to the first account',
      go(TEXT, 'qwen-plus', ['beijing', 'virginia'], { 'x-dashscope-ossresourceresolve': 'enable' }),
      ['beijing'],
    ],
  ])('The request goes %s', (_, way, expected) => expect(way).toEqual(expected))

  it('There is no target if the gateway does not use any region of the pin.', () => {
    expect(() => go(TEXT, 'qwen-plus', ['tokyo', 'frankfurt'])).toThrow(
      expect.objectContaining({ reason: 'denied', message: expect.stringContaining('tokyo, frankfurt') }),
    )
  })
})

describe('the nearest region', () => {
  const world = targets('virginia', 'singapore', 'singapore/2', 'beijing', 'tokyo', 'frankfurt', 'hongkong')
  it.each<[string, object | undefined, string]>([
    ['Jakarta', { latitude: '-6.2', longitude: '106.8' }, 'singapore'],
    ['Paris', { latitude: '48.9', longitude: '2.3' }, 'frankfurt'],
    ['São Paulo', { latitude: '-23.5', longitude: '-46.6' }, 'virginia'],
    ['Honolulu, over the date line', { latitude: '21.3', longitude: '-157.9' }, 'tokyo'],
    ['Shenzhen', { latitude: '22.5', longitude: '114.1' }, 'hongkong'],
    ['Tianjin', { latitude: '39.1', longitude: '117.2' }, 'beijing'],
    ['in an unknown place', {}, 'virginia'],
    ['no word of it', undefined, 'virginia'],
  ])('The nearest region is right for %s', (_, place, first) => {
    const [nearest] = nearestFirst(world, place)
    expect(nearest.id).toBe(first)
  })

  it('The order of a region’s keys is kept.', () => {
    const ids = nearestFirst(world, { latitude: '1', longitude: '104' }).map(({ id }) => id)
    expect(ids.slice(0, 2)).toEqual(['singapore', 'singapore/2'])
  })
})

describe('the fastest region', () => {
  const usual: Record<string, number> = { beijing: 300, singapore: 100, virginia: 200 }
  const order = (random: [number, number], known = usual) =>
    fastestFirst(ALL, ({ region }) => known[region], random).map(({ id }) => id)

  it('The fastest region comes first.', () => {
    expect(order([0.5, 0])).toEqual(['singapore', 'virginia', 'beijing', 'beijing/2'])
  })
  it('The fastest region is searched for if nothing is known.', () => {
    expect(order([0.5, 0], { beijing: 300, virginia: 200 })[0]).toBe('singapore')
  })
  it('Another region is tried now and then, and its keys stay in order.', () => {
    expect(order([0.04, 0])).toEqual(['beijing', 'beijing/2', 'singapore', 'virginia'])
    expect(order([0.04, 0.99])).toEqual(['virginia', 'singapore', 'beijing', 'beijing/2'])
  })
})

describe('a latency', () => {
  const of = (...samples: number[]) => samples.reduce<Latency | undefined>(measured, undefined)
  it.each<[number[], number | undefined]>([
    [[], undefined],
    [[400, 400], undefined],
    [[400, 400, 400], 400 + 4 * 112.5],
    [[1, 1, 1], 100],
  ])('The latency of %j is usually within %j ms.', (samples, within) =>
    expect(usualWithinMs(of(...samples))).toBe(within),
  )

  it('The latency follows what is measured.', () => {
    expect(of(100, ...Array.from({ length: 40 }, () => 900))?.meanMs).toBeGreaterThan(880)
  })
})

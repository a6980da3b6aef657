import type { Settlement } from './settlement.ts'

/**
 * The counted measures, in the order of reports; money in nanos. A new row adds a column to all tables and reports.
 */
export const MEASURES = [
  'requests',
  'cache_hits',
  'left',
  'broken',
  'refused',
  'estimated',
  'unpriced',
  'input_tokens',
  'output_tokens',
  'cached_tokens',
  'reasoning_tokens',
  'image_tokens',
  'video_tokens',
  'audio_tokens',
  'characters',
  'seconds',
  'images',
  'video_seconds',
  'tool_calls',
  'pages',
  'money',
  'saved_tokens',
  'saved_money',
] as const

export type Measure = (typeof MEASURES)[number]
export type Measures = Record<Measure, number>

/** Measures with all values 0. */
export function noMeasures(): Measures {
  return Object.fromEntries(MEASURES.map((measure) => [measure, 0])) as Measures
}

/** Adds to a sum in place. */
export function addMeasures(sum: Measures, added: Measures): void {
  for (const measure of MEASURES) sum[measure] += added[measure]
}

/** What one request adds to the usage of its key. */
export function measuresOf({ ending, usage, money, saved, isContinued }: Settlement): Measures {
  const asked = ending !== 'cached'
  return {
    requests: isContinued ? 0 : 1,
    cache_hits: ending === 'cached' ? 1 : 0,
    left: ending === 'left' ? 1 : 0,
    broken: ending === 'broken' || ending === 'cut' ? 1 : 0,
    refused: ending === 'refused' ? 1 : 0,
    // These count requests, too.
    estimated: usage.estimated && !isContinued ? 1 : 0,
    unpriced: !isContinued && asked && ending !== 'refused' && money === undefined ? 1 : 0,
    input_tokens: usage.input,
    output_tokens: usage.output,
    cached_tokens: usage.cached,
    reasoning_tokens: usage.reasoning,
    image_tokens: usage.image,
    video_tokens: usage.video,
    audio_tokens: usage.audio,
    characters: usage.characters,
    seconds: usage.seconds,
    images: usage.images,
    video_seconds: usage.videoSeconds,
    tool_calls: usage.toolCalls,
    pages: usage.pages,
    money: money ?? 0,
    saved_tokens: saved?.tokens ?? 0,
    saved_money: saved?.money ?? 0,
  }
}

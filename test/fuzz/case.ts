import type { IncomingHttpHeaders } from 'node:http'
import { spoil, spoilBytes, spoilText } from './bodies.ts'
import { someHeaders } from './headers.ts'
import { type Random, randomFor } from './random.ts'
import { namesStored, type StoredIds, withIds } from './sample.ts'
import { SAMPLES } from './samples.ts'

/** What cases can name: keys that work, and resources that the first of them made. */
export interface World {
  keys: readonly string[]
  ids: StoredIds
}

/** One request of the fuzz, down to its bytes. */
export interface Case {
  index: number
  method: string
  path: string
  headers: Record<string, string>
  body: Buffer | undefined
}

/** CONNECT is left out: the open-source runtime answers it before the gateway is asked. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND']
const OTHER_PATHS = [
  '/',
  '/edge/health',
  '/edge/keys',
  '/edge/keys/key_1',
  '/edge/cache',
  '/edge/usage',
  '/edge/tokens',
  '/edge',
  '/v1/models',
]
const PATH_PIECES = ['/', '//', '/..', '/.', '%2f', '%00', '%', '%E0%A4%A', ';a=b', '*', '/x'.repeat(200)]
const QUERIES = [
  '?',
  '?a',
  '?page_no=-1',
  '?page_size=1e9',
  '?model=a&model=b',
  '?action=getPolicy',
  '?%',
  '?a[]=b&__proto__=c',
  '#x',
  `?${'a=b&'.repeat(100)}`,
]

/**
 * Makes the case of a number; the same seed and number make the same case, but for the keys and ids in it.
 *
 * @param world what the case may name.
 */
export function makeCase(seed: number, index: number, world: World): Case {
  const random = randomFor(seed, index)
  const sample = random.pick(SAMPLES)
  const path = random.chance(0.1)
    ? spoilPath(random.chance(0.5) ? random.pick(OTHER_PATHS) : sample.path, random)
    : sample.path
  const drawn = random.chance(0.06) ? random.pick(METHODS) : sample.method
  // Later cases that name a deleted resource would only get a 404.
  const method = drawn === 'DELETE' && namesStored(sample) ? sample.method : drawn
  const headers = someHeaders(world.keys, sample.headers ?? {}, random)
  const body = makeBody(sample.body, world.ids, random)
  return { index, method, path: withIds(path, world.ids), headers, body }
}

function makeBody(sample: unknown, ids: StoredIds, random: Random): Buffer | undefined {
  if (sample === undefined) return random.chance(0.05) ? Buffer.from('{}') : undefined
  if (random.chance(0.02)) return undefined
  if (typeof sample === 'string') return spoilBytes(sample, random)
  const text = JSON.stringify(spoil(sample, random), null, random.chance(0.1) ? 2 : undefined)
  return spoilBytes(spoilText(withIds(text, ids), random), random)
}

function spoilPath(path: string, random: Random): string {
  switch (random.below(4)) {
    case 0:
      return path
    case 1:
      return path.split('?', 1)[0] + random.pick(QUERIES)
    case 2:
      return path.split('?', 1)[0] + random.pick(PATH_PIECES)
    default: {
      const at = 1 + random.below(path.length)
      return path.slice(0, at) + random.pick(PATH_PIECES) + path.slice(at)
    }
  }
}

/** The response to a case; an incomplete one broke off after its headers, with the text so far. */
export type Outcome =
  | { kind: 'answered'; status: number; headers: IncomingHttpHeaders; text: string; isComplete: boolean }
  | { kind: 'failed'; why: string }

import { readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { bundledBytes } from './bundle.ts'

/**
 * The limit of the module; Cloudflare allows far more. A smaller Worker starts faster, and an accidental dependency
 * (zod instead of zod/mini is 90 kB) shows here first. The goal is 110 kB; `npm run size` shows the size by folder.
 */
const MAX_GZIPPED_BYTES = 230_000

/**
 * Measures a module compressed like `gzip -9`.
 *
 * @returns a sentence with the size in kB (1000 bytes) and the limit.
 * @throws Error with such a sentence if the module exceeds the limit.
 */
export async function requireSmall(module: string): Promise<string> {
  const bytes = gzipSync(await readFile(module), { level: 9 }).byteLength
  const figure = `The module has ${kilobytes(bytes)} kB gzipped; the limit is ${kilobytes(MAX_GZIPPED_BYTES)} kB.`
  if (bytes <= MAX_GZIPPED_BYTES) return figure
  throw new Error(
    `${figure} Find what made it grow, or raise MAX_GZIPPED_BYTES in scripts/size.ts with a reason.`,
  )
}

/**
 * The parts of a bundle by size: each folder of `src/` and each package.
 *
 * @param inputs bytes of the minified bundle by file.
 * @returns lines like `   67.7 kB  src/dashscope`, the largest first; kilobytes before compression.
 */
export function weightByRoom(inputs: Readonly<Record<string, number>>): string[] {
  const rooms = new Map<string, number>()
  for (const [file, bytes] of Object.entries(inputs)) {
    const room =
      /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(file)?.[1] ??
      file.split('/').slice(0, 2).join('/')
    rooms.set(room, (rooms.get(room) ?? 0) + bytes)
  }
  return [...rooms]
    .toSorted(([, one], [, other]) => other - one)
    .map(([room, bytes]) => `${kilobytes(bytes).padStart(7)} kB  ${room}`)
}

/** Parts of the product, the most essential first, with their modules. */
const PARTS: readonly (readonly [part: string, entries: readonly string[]])[] = [
  [
    'relay, keys, limits and cache',
    [
      'src/proxy/handler.ts',
      'src/proxy/read-request.ts',
      'src/auth/authenticate.ts',
      'src/meter/object/meter.ts',
      'src/meter/object/registry.ts',
    ],
  ],
  ['translations', ['src/translate/translate.ts']],
  ['realtime', ['src/realtime/handler.ts']],
  ['jobs and deliveries', ['src/jobs/flow.ts', 'src/jobs/ledger/ledger.ts', 'src/jobs/poller.ts']],
  ['hooks', ['src/hooks/inbound.ts']],
  ['the API under /edge', ['src/index.ts']],
]

/**
 * The module with each additional part of the product.
 *
 * @returns the minified bundles, the smallest first; `part` is like `+ realtime`.
 */
export async function bundledParts(): Promise<{ part: string; bytes: Uint8Array }[]> {
  return Promise.all(
    PARTS.map(async ([name], at) => ({
      part: at === 0 ? name : `+ ${name}`,
      bytes: await bundledBytes(PARTS.slice(0, at + 1).flatMap(([, entries]) => entries)),
    })),
  )
}

/**
 * The gzipped size of the module with each additional part of the product.
 *
 * @returns lines like `  107.2 kB  + realtime`.
 */
export async function weightByPart(): Promise<string[]> {
  return (await bundledParts()).map(({ part, bytes }) => {
    const gzipped = gzipSync(bytes, { level: 9 }).byteLength
    return `${kilobytes(gzipped).padStart(7)} kB  ${part}`
  })
}

function kilobytes(bytes: number): string {
  return (bytes / 1000).toFixed(1)
}

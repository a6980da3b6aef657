import { readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'

/**
 * Cloudflare allows far more. A Worker starts as fast as it is small, and a dependency that slips in whole (zod in place
 * of zod/mini is 90 kB) shows here first. Jobs, hooks, realtime and the gateway's own API take more than half.
 */
const MAX_GZIPPED_BYTES = 200_000

/**
 * Measures a module as `gzip -9` packs it.
 *
 * @returns a sentence with the figure in kB (1000 bytes) and the limit.
 * @throws Error with such a sentence when the module is over the limit.
 */
export async function requireSmall(module: string): Promise<string> {
  const bytes = gzipSync(await readFile(module), { level: 9 }).byteLength
  const figure = `The module has ${kilobytes(bytes)} kB gzipped; the limit is ${kilobytes(MAX_GZIPPED_BYTES)} kB.`
  if (bytes <= MAX_GZIPPED_BYTES) return figure
  throw new Error(
    `${figure} Find what made it grow, or raise MAX_GZIPPED_BYTES in scripts/size.ts with a reason.`,
  )
}

function kilobytes(bytes: number): string {
  return (bytes / 1000).toFixed(1)
}

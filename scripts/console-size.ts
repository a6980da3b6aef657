import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

/**
 * The limit for the scripts and styles of all pages together; `npm run test:console` measures what the first page
 * loads.
 */
const MAX_GZIPPED_BYTES = 80_000

/**
 * Measures the scripts and styles of the console, each compressed like `gzip -9`.
 *
 * @returns a sentence with the size in kB (1000 bytes) and the limit.
 * @throws Error with such a sentence if they exceed the limit.
 */
export async function requireSmallConsole(directory: string): Promise<string> {
  const folder = join(directory, 'a')
  const files = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name))))
  const bytes = files.reduce((sum, file) => sum + gzipSync(file, { level: 9 }).byteLength, 0)
  const figure = `The console has ${(bytes / 1000).toFixed(1)} kB gzipped; the limit is ${MAX_GZIPPED_BYTES / 1000} kB.`
  if (bytes <= MAX_GZIPPED_BYTES) return figure
  throw new Error(`${figure} Find what made it grow.`)
}

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

/** Scripts and styles of every page together; `npm run test:console` measures what the first page loads. */
const MAX_GZIPPED_BYTES = 80_000

/**
 * Measures the scripts and styles of the console, each as `gzip -9` packs it.
 *
 * @returns a sentence with the figure in kB (1000 bytes) and the limit.
 * @throws Error with such a sentence when they are over the limit.
 */
export async function requireSmallConsole(directory: string): Promise<string> {
  const folder = join(directory, 'a')
  const files = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name))))
  const bytes = files.reduce((sum, file) => sum + gzipSync(file, { level: 9 }).byteLength, 0)
  const figure = `The console has ${(bytes / 1000).toFixed(1)} kB gzipped; the limit is ${MAX_GZIPPED_BYTES / 1000} kB.`
  if (bytes <= MAX_GZIPPED_BYTES) return figure
  throw new Error(`${figure} Find what made it grow.`)
}

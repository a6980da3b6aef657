import { join } from 'node:path'
import { build } from 'esbuild'

/**
 * Bundles a Worker as `wrangler deploy` does, to the byte but for the comment that names the source map; wrangler takes
 * seconds where its bundler takes half of one. test/scripts/bundle.test.ts compares the two.
 *
 * @param entry path of the module that exports the Worker.
 * @param directory where `index.js` is written; made where it is missing.
 * @returns the path of the bundle.
 * @throws Error with the messages of the bundler, if the Worker cannot be bundled.
 */
export async function bundle(entry: string, directory: string): Promise<string> {
  return (await bundleWithInputs(entry, directory)).outfile
}

/** The same, and how many bytes of the bundle come from which file. */
export async function bundleWithInputs(
  entry: string,
  directory: string,
): Promise<{ outfile: string; inputs: Record<string, number> }> {
  const outfile = join(directory, 'index.js')
  const { metafile } = await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'esm',
    target: 'es2024',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['node:*', 'cloudflare:*'],
    minify: true,
    logLevel: 'silent',
    metafile: true,
  })
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs))
  return {
    outfile,
    inputs: Object.fromEntries(inputs.map(([file, { bytesInOutput }]) => [file, bytesInOutput])),
  }
}

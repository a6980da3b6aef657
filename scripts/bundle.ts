import { join } from 'node:path'
import { type BuildOptions, build } from 'esbuild'

/** The bundler settings of `wrangler deploy`. */
const SETTINGS = {
  bundle: true,
  format: 'esm',
  target: 'es2024',
  conditions: ['workerd', 'worker', 'browser'],
  external: ['node:*', 'cloudflare:*'],
  minify: true,
  logLevel: 'silent',
} as const satisfies BuildOptions

/**
 * Bundles a Worker as `wrangler deploy` does, byte for byte except for the source map comment; wrangler takes
 * seconds, the bundler alone half a second. test/scripts/bundle.test.ts compares the two.
 *
 * @param entry path of the module that exports the Worker.
 * @param directory where `index.js` is written; created if missing.
 * @returns the path of the bundle.
 * @throws Error with the bundler's messages if the Worker cannot be bundled.
 */
export async function bundle(entry: string, directory: string): Promise<string> {
  return (await bundleWithInputs(entry, directory)).outfile
}

/** The same, with the number of bytes of each file in the bundle. */
export async function bundleWithInputs(
  entry: string,
  directory: string,
): Promise<{ outfile: string; inputs: Record<string, number> }> {
  const outfile = join(directory, 'index.js')
  const { metafile } = await build({
    ...SETTINGS,
    entryPoints: [entry],
    outfile,
    metafile: true,
  })
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs))
  return {
    outfile,
    inputs: Object.fromEntries(inputs.map(([file, { bytesInOutput }]) => [file, bytesInOutput])),
  }
}

/**
 * Bundles modules together as for a deployment, without writing a file.
 *
 * @param entries paths of the modules.
 * @returns the minified bundle.
 */
export async function bundledBytes(entries: readonly string[]): Promise<Uint8Array> {
  const contents = entries.map((entry, at) => `export * as module${at} from './${entry}'`).join('\n')
  const { outputFiles } = await build({ ...SETTINGS, stdin: { contents, resolveDir: '.' }, write: false })
  return outputFiles[0]?.contents ?? new Uint8Array(0)
}

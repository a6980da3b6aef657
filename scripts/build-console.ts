import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { type BuildOptions, build, type Metafile } from 'esbuild'
import { openApiDocument } from './openapi/document.ts'

/** The directory of assets in `wrangler.toml`; git ignores it. */
export const CONSOLE_DIRECTORY = 'dist/console'

const ROOT = join(import.meta.dirname, '..')
const SOURCE = join(ROOT, 'console')

/** Chromium 119, Firefox 120, Safari 17.5: the first versions that support CSS `light-dark()`, or a year older. */
const TARGET = ['es2023', 'chrome119', 'firefox120', 'safari17.5']

const COMMON: BuildOptions = {
  bundle: true,
  format: 'esm',
  minify: true,
  // The pages are UTF-8, and so are their scripts; escapes would be longer.
  charset: 'utf8',
  // The Markdown parser has assertions of itself.
  drop: ['console'],
  target: TARGET,
  legalComments: 'none',
  write: false,
  metafile: true,
  absWorkingDir: ROOT,
  outdir: CONSOLE_DIRECTORY,
}

/**
 * Builds the console: scripts and styles with a hash in their names, the two HTML pages that load them, the browser
 * client under its fixed name, and `_headers`. Only changed files are rewritten, so that a running gateway keeps
 * serving the others.
 *
 * @param directory the output directory.
 */
export async function buildConsole(directory: string = join(ROOT, CONSOLE_DIRECTORY)): Promise<void> {
  const [pages, client] = await Promise.all([
    build({
      ...COMMON,
      entryPoints: { app: 'console/src/main.tsx', styles: 'console/src/styles/index.css' },
      entryNames: 'a/[name]-[hash]',
      chunkNames: 'a/[name]-[hash]',
      splitting: true,
      jsx: 'automatic',
      jsxImportSource: 'preact',
    }),
    build({ ...COMMON, entryPoints: { client: 'console/client/client.ts' }, entryNames: '[name]' }),
  ])
  const built = [...(pages.outputFiles ?? []), ...(client.outputFiles ?? [])]
  const files = new Map<string, Uint8Array | string>(
    built.map(({ path, contents }) => [relative(join(ROOT, CONSOLE_DIRECTORY), path), contents]),
  )
  for (const name of ['index.html', '404.html']) {
    const html = await readFile(join(SOURCE, name), 'utf8')
    files.set(name, withPreloads(withAssets(html, pages.metafile), pages.metafile))
  }
  files.set('_headers', await readFile(join(SOURCE, '_headers'), 'utf8'))
  files.set('openapi.json', JSON.stringify(openApiDocument()))
  files.set('client.d.ts', await readFile(join(SOURCE, 'client/public.d.ts'), 'utf8'))
  await writeAll(directory, files)
}

/** Replaces `{{app}}` and `{{styles}}` in a page by the hashed names of the entry points. */
function withAssets(html: string, metafile: Metafile | undefined): string {
  return html.replace(/{{(app|styles)}}/g, (_, entry: string) => {
    const start = `${CONSOLE_DIRECTORY}/a/${entry}-`
    const found = Object.entries(metafile?.outputs ?? {}).find(
      ([path, { entryPoint }]) => entryPoint !== undefined && path.startsWith(start),
    )
    if (!found) throw new Error(`The console has no entry point "${entry}".`)
    return relative(CONSOLE_DIRECTORY, found[0])
  })
}

/** Adds preloads for the scripts that the first one imports, so that they load in parallel. */
function withPreloads(html: string, metafile: Metafile | undefined): string {
  const outputs = Object.entries(metafile?.outputs ?? {})
  const app = outputs.find(([, { entryPoint }]) => entryPoint === 'console/src/main.tsx')?.[1]
  const imported = app?.imports.filter(({ kind }) => kind === 'import-statement') ?? []
  const links = imported.map(
    ({ path }) => `<link rel="modulepreload" href="/console/${relative(CONSOLE_DIRECTORY, path)}">`,
  )
  return html.replace('{{preloads}}', links.join('\n    '))
}

async function writeAll(directory: string, files: Map<string, Uint8Array | string>): Promise<void> {
  for (const [name, contents] of files) {
    const path = join(directory, name)
    await mkdir(dirname(path), { recursive: true })
    const before = await readFile(path).catch(() => undefined)
    if (!before?.equals(Buffer.from(contents))) await writeFile(path, contents)
  }
  for (const name of await readdir(join(directory, 'a'))) {
    if (!files.has(`a/${name}`)) await rm(join(directory, 'a', name), { force: true })
  }
}

if (import.meta.main) await buildConsole()

import { join } from 'node:path'
import { writeFigures } from '../tools/bench/write-docs.ts'
import { buildConsole, CONSOLE_DIRECTORY } from './build-console.ts'
import { bundleWithInputs } from './bundle.ts'
import { requireSmallConsole } from './console-size.ts'
import { requireSmall, weightByPart, weightByRoom } from './size.ts'

process.chdir(join(import.meta.dirname, '..'))
try {
  const { outfile, inputs } = await bundleWithInputs('src/index.ts', 'dist')
  console.log(`Minified, before compression:\n${weightByRoom(inputs).join('\n')}\n`)
  const byPart = `Gzipped, with each further part:\n${(await weightByPart()).join('\n')}`
  console.log(`${byPart}\n`)
  const module = await requireSmall(outfile)
  console.log(module)
  await buildConsole()
  const pages = await requireSmallConsole(CONSOLE_DIRECTORY)
  console.log(pages)
  if (process.argv.includes('--write'))
    writeFigures('size', [byPart, '', module, pages].join('\n'), 'npm run size')
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}

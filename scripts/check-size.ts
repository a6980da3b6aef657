import { join } from 'node:path'
import { buildConsole, CONSOLE_DIRECTORY } from './build-console.ts'
import { bundleWithInputs } from './bundle.ts'
import { requireSmallConsole } from './console-size.ts'
import { requireSmall, weightByPart, weightByRoom } from './size.ts'

process.chdir(join(import.meta.dirname, '..'))
try {
  const { outfile, inputs } = await bundleWithInputs('src/index.ts', 'dist')
  console.log(`Minified, before compression:\n${weightByRoom(inputs).join('\n')}\n`)
  console.log(`Gzipped, with each further part:\n${(await weightByPart()).join('\n')}\n`)
  console.log(await requireSmall(outfile))
  await buildConsole()
  console.log(await requireSmallConsole(CONSOLE_DIRECTORY))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}

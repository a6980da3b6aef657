import { join } from 'node:path'
import { bundleWithInputs } from './bundle.ts'
import { requireSmall, weightByRoom } from './size.ts'

process.chdir(join(import.meta.dirname, '..'))
try {
  const { outfile, inputs } = await bundleWithInputs('src/index.ts', 'dist')
  console.log(`Minified, before compression:\n${weightByRoom(inputs).join('\n')}\n`)
  console.log(await requireSmall(outfile))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}

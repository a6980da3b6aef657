import { join } from 'node:path'
import { bundle } from './bundle.ts'
import { requireSmall } from './size.ts'

process.chdir(join(import.meta.dirname, '..'))
try {
  console.log(await requireSmall(await bundle('src/index.ts', 'dist')))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { LANGUAGES } from '../../examples/runner/languages.ts'

const readme = readFileSync('examples/README.md', 'utf8')

it('The README of the examples links to every program, and to nothing else.', () => {
  const programs = LANGUAGES.flatMap(({ directory, sources, extension }) => {
    const folder = join(directory, sources ?? '')
    const files = readdirSync(join('examples', folder)).filter((file) => file.endsWith(extension))
    return files.map((file) => join(folder, file))
  })
  const linked = [...readme.matchAll(/\]\(((?:curl|python|node|java|go|php|csharp)\/[^)]*)\)/g)].map(
    ([, path]) => path,
  )
  expect([...new Set(linked)].sort()).toEqual([...new Set(programs)].sort())
})

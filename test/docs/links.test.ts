import { existsSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'
import { headingsOf, linksOf, readPage, readPages } from './pages.ts'

const ROOT = join(import.meta.dirname, '../..')
const pages = readPages()

test.each(pages.map((page) => [page.path, page] as const))('Every link in %s resolves.', (path, page) => {
  const broken = linksOf(page).filter((target) => !resolves(path, target))
  expect(broken).toEqual([])
})

test('Every page in docs is linked from both READMEs.', () => {
  for (const [readme, folder] of [
    ['README.md', 'docs'],
    ['README.zh-CN.md', 'docs/zh'],
  ] as const) {
    const linked = linksOf(readPage(readme)).map((target) => target.split('#')[0])
    const written = pages.map(({ path }) => path).filter((path) => dirname(path) === folder)
    expect(written.filter((path) => !linked.includes(path))).toEqual([])
  }
})

/** A URL of another site is not followed: tests do not use the network. */
function resolves(from: string, target: string): boolean {
  if (/^https?:/.test(target)) return URL.canParse(target)
  const [file = '', anchor] = target.split('#')
  const path = file === '' ? from : normalize(join(dirname(from), file))
  if (!existsSync(join(ROOT, path))) return false
  return anchor === undefined || headingsOf(readPage(path)).some((heading) => heading.anchor === anchor)
}

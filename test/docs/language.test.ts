import { describe, expect, test } from 'vitest'
import { findWords } from '../../scripts/words.ts'
import { codesIn, headingsOf, type Page, readPage, readPages, tablesOf, textOf } from './pages.ts'

const MAX_README_LINES = 150

const pages = readPages()
const english = pages.filter(({ path }) => /^(?:README\.md|docs\/[^/]+)$/.test(path))

test.each(['README.md', 'README.zh-CN.md'])(`%s has at most ${MAX_README_LINES} lines.`, (path) => {
  expect(textOf(path).trimEnd().split('\n').length).toBeLessThanOrEqual(MAX_README_LINES)
})

test.each(pages.filter(({ path }) => !path.includes('zh')).map((page) => [page.path, page] as const))(
  '%s is written in plain English.',
  (_, { prose }) => {
    expect(findWords(prose)).toEqual([])
  },
)

describe.each(english.map((page) => [page.path, page] as const))(
  'The Chinese translation of %s',
  (path, page) => {
    const translation = () => readPage(translationOf(path))

    test('The translation has the same headings.', () => {
      expect(headingsOf(translation()).map(({ level }) => level)).toEqual(
        headingsOf(page).map(({ level }) => level),
      )
    })

    test('The translation has the same rows in the same tables.', () => {
      expect(rowNames(translation())).toEqual(rowNames(page))
    })
  },
)

function translationOf(path: string): string {
  return path === 'README.md' ? 'README.zh-CN.md' : path.replace('docs/', 'docs/zh/')
}

/** What is written as code in the first cell of each row: the same in every language. */
function rowNames(page: Page): string[][][] {
  return tablesOf(page).map((table) => table.map(([first = '']) => codesIn(first)))
}

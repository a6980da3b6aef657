import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')

/** A Markdown file with its path from the repository's root: `docs/cache.md`. */
export interface Page {
  path: string
  /** The text without fenced code blocks, so that `#` in a shell script is not a heading. */
  prose: string
}

export interface Heading {
  level: number
  text: string
  /** What GitHub calls the heading in a URL. */
  anchor: string
}

/** Rows as cells of Markdown; the first row is the header. */
export type Table = string[][]

/** Every page of the documentation. */
export function readPages(): Page[] {
  const files = ['README.md', 'README.zh-CN.md', 'examples/README.md', 'emulator/README.md']
  for (const folder of ['docs', 'docs/zh']) {
    for (const name of readdirSync(join(ROOT, folder)).filter((each) => each.endsWith('.md'))) {
      files.push(`${folder}/${name}`)
    }
  }
  return files.map(readPage)
}

export function readPage(path: string): Page {
  return { path, prose: textOf(path).replace(/^```[\s\S]*?^```$/gm, '') }
}

/** A file of the repository as text. */
export function textOf(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

export function headingsOf({ prose }: Page): Heading[] {
  const seen = new Map<string, number>()
  return [...prose.matchAll(/^(#{1,6}) (.+)$/gm)].map(([, marks = '', text = '']) => {
    const anchor = anchorOf(text)
    const repeated = seen.get(anchor) ?? 0
    seen.set(anchor, repeated + 1)
    return { level: marks.length, text, anchor: repeated === 0 ? anchor : `${anchor}-${repeated}` }
  })
}

/** GitHub's rule: small letters, no punctuation, hyphens for spaces. */
function anchorOf(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}_ -]/gu, '')
    .replaceAll(' ', '-')
}

/** Targets of links and images: URLs, paths and anchors. */
export function linksOf({ prose }: Page): string[] {
  return [...prose.matchAll(/\]\(([^()\s]+)\)/g)].map(([, target = '']) => target)
}

export function tablesOf({ prose }: Page): Table[] {
  const blocks = prose.match(/^\|.*(?:\n\|.*)+/gm) ?? []
  return blocks.map((block) =>
    block
      .split('\n')
      .filter((line) => !/^[|\s:-]+$/.test(line))
      .map((line) =>
        line
          .replace(/^\||\|$/g, '')
          .split(/(?<!\\)\|/)
          .map((cell) => cell.trim()),
      ),
  )
}

/**
 * The rows below the header of the table with a certain header.
 *
 * @param header the first cells of the header, enough to name one table of the page.
 */
export function rowsUnder(page: Page, ...header: string[]): Table {
  const found = tablesOf(page).filter(([first]) => header.every((cell, at) => first?.[at] === cell))
  if (found.length !== 1)
    throw new Error(`${page.path} has ${found.length} tables with ${header.join(' | ')}.`)
  return found[0]?.slice(1) ?? []
}

/** The texts between backquotes. */
export function codesIn(markdown: string): string[] {
  return [...markdown.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)
}

/** The only text between backquotes in the first cell of each row. */
export function namesIn(rows: Table): string[] {
  return rows.flatMap(([first = '']) => codesIn(first))
}

import type { Result } from './result.ts'
import { sentencesOf, type Table, tablesOf } from './tables.ts'

const NAME_WIDTH = 44
const CELL_WIDTH = 30

/** A result for the terminal. */
export function plainText(result: Result): string {
  const { claims, remarks } = sentencesOf(result)
  const tables = tablesOf(result).map(({ head, rows }) => [head, ...rows].map(plainRow).join('\n'))
  return [...tables, claims.join('\n'), remarks.join('\n')].join('\n\n')
}

/** A result as Markdown, for docs/benchmarks.md to link, with its plot. */
export function markdown(result: Result): string {
  const { claims, remarks } = sentencesOf(result)
  const plot = '![Requests per second, CPU time per request and added time to the first event](result.svg)'
  const sections = [
    plot,
    list(claims),
    ...tablesOf(result).map(markdownTable),
    list(remarks),
    'Written by `npm run bench:peers -- --write`.',
  ]
  return `${sections.join('\n\n')}\n`
}

function plainRow([name = '', ...cells]: string[]): string {
  return (name.padEnd(NAME_WIDTH) + cells.map((cell) => cell.padStart(CELL_WIDTH)).join('')).trimEnd()
}

function markdownTable({ head, rows }: Table): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`
  const rule = head.map((_, index) => (index === 0 ? '---' : '---:'))
  return [line(head), line(rule), ...rows.map(line)].join('\n')
}

function list(sentences: readonly string[]): string {
  return sentences.map((sentence) => `- ${sentence}`).join('\n')
}

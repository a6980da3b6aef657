import { readFileSync, writeFileSync } from 'node:fs'
import manifest from '../../package.json' with { type: 'json' }

/** The pages that show the figures; the program's own words are the same in both languages. */
const PAGES = ['docs/benchmarks.md', 'docs/zh/benchmarks.md']

/**
 * Puts what a run printed into docs/benchmarks.md, between the comments that carry its name, with the version and the day.
 *
 * @param name `<!-- name -->` begins the block and `<!-- /name -->` ends it.
 * @throws Error for a page without the block.
 */
export function writeFigures(name: string, printed: string, command: string): void {
  const [day] = new Date().toISOString().split('T')
  const block = `\`\`\`text\n${command}\ndashscope-edge ${manifest.version}, ${day}\n\n${printed.trim()}\n\`\`\``
  for (const page of PAGES) {
    const file = new URL(`../../${page}`, import.meta.url)
    const text = readFileSync(file, 'utf8')
    const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
    const [start, stop] = [text.indexOf(begin), text.indexOf(end)]
    if (start < 0 || stop < start) throw new Error(`${page} has no block "${name}".`)
    writeFileSync(file, `${text.slice(0, start + begin.length)}\n\n${block}\n\n${text.slice(stop)}`)
  }
}

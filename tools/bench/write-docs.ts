import { readFileSync, writeFileSync } from 'node:fs'
import manifest from '../../package.json' with { type: 'json' }

/**
 * Writes the output of a run into a page of docs/, between the comments with its name, with version and date. The
 * output is the same in both languages.
 *
 * @param name `<!-- name -->` begins the block and `<!-- /name -->` ends it.
 * @param page the name of the page without `.md`.
 * @throws Error for a page without the block.
 */
export function writeFigures(name: string, printed: string, command: string, page = 'benchmarks'): void {
  const [day] = new Date().toISOString().split('T')
  const block = `\`\`\`text\n${command}\ndashscope-edge ${manifest.version}, ${day}\n\n${printed.trim()}\n\`\`\``
  for (const path of [`docs/${page}.md`, `docs/zh/${page}.md`]) {
    const file = new URL(`../../${path}`, import.meta.url)
    const text = readFileSync(file, 'utf8')
    const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
    const [start, stop] = [text.indexOf(begin), text.indexOf(end)]
    if (start < 0 || stop < start) throw new Error(`${path} has no block "${name}".`)
    writeFileSync(file, `${text.slice(0, start + begin.length)}\n\n${block}\n\n${text.slice(stop)}`)
  }
}

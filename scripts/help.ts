import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Prints the commands of this repository, as docs/development.md explains them. */
const page = readFileSync(join(import.meta.dirname, '../docs/development.md'), 'utf8')
const rows = [...page.matchAll(/^\| `((?:npm|\.ci)[^`]*)` +\| (.+?) +\|$/gm)]
const width = Math.max(...rows.map(([, command = '']) => command.length))

for (const [, command = '', text = ''] of rows) {
  console.log(`${command.padEnd(width)}   ${plain(text)}`)
}

/** Without the marks of Markdown: a link keeps its words and loses its target. */
function plain(text: string): string {
  return text
    .replace(/; see \[[^\]]*\]\([^)]*\)/g, '')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll('`', '')
}

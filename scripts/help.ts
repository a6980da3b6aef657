import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Prints the commands of this repository with their descriptions in docs/development.md. */
const page = readFileSync(join(import.meta.dirname, '../docs/development.md'), 'utf8')
const rows = [...page.matchAll(/^\| `((?:npm|\.ci)[^`]*)` +\| (.+?) +\|$/gm)]
const width = Math.max(...rows.map(([, command = '']) => command.length))

for (const [, command = '', text = ''] of rows) {
  console.log(`${command.padEnd(width)}   ${plain(text)}`)
}

/** Removes Markdown syntax; a link is replaced by its text. */
function plain(text: string): string {
  return text
    .replace(/; see \[[^\]]*\]\([^)]*\)/g, '')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll('`', '')
}

/**
 * Finds words and phrases that make sentences hard to read, in prose and code: archaic ones, personified code and
 * literal translations. Finds test titles that are not sentences. Prints where they are and what to write instead;
 * exits with 1 if there are any. `--count` prints only the numbers of each folder and always exits with 0.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { findFragments, findWords, isChecked } from './words.ts'

process.chdir(join(import.meta.dirname, '..'))
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  encoding: 'utf8',
})
const found = files
  .split('\n')
  .filter(isChecked)
  .flatMap((file) => {
    const text = readFileSync(file, 'utf8')
    const fragments = file.endsWith('.test.ts') ? findFragments(text) : []
    return [...findWords(text), ...fragments].map((finding) => ({ file, ...finding }))
  })

if (process.argv.includes('--count')) {
  const byFolder = Map.groupBy(found, ({ file }) => file.split('/').slice(0, 2).join('/'))
  for (const [folder, findings] of [...byFolder].sort()) console.log(`${findings.length}\t${folder}`)
} else {
  for (const { file, line, words, instead } of found) {
    console.error(`${file}:${line}  "${words}": write ${instead}`)
  }
  process.exitCode = found.length > 0 ? 1 : 0
}
console.log(found.length === 0 ? 'No words to replace.' : `${found.length} words to replace.`)

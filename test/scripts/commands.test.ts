import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }
const commands = Object.keys(scripts).map((name) =>
  name === 'start' || name === 'test' ? `npm ${name}` : `npm run ${name}`,
)

it.each(['docs/development.md', 'docs/zh/development.md'])(
  'Every command of package.json is explained in %s',
  (page) => {
    const explained = [...readFileSync(page, 'utf8').matchAll(/^\| `(npm [^`]+)` /gm)].map(([, name]) => name)
    expect(explained.sort()).toEqual(commands.sort())
  },
)

it('The command npm run help prints every command with one line of explanation.', () => {
  const lines = execFileSync(process.execPath, ['scripts/help.ts'], { encoding: 'utf8' }).trim().split('\n')
  expect(lines).toHaveLength(commands.length + 1)
  for (const line of lines) expect(line).toMatch(/^(?:npm|\.ci\/run)\S* .{10,100}$/)
})

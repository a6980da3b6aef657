import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { run } from '../../scripts/edge/run.ts'

/** Nothing may be asked of it: these command lines end before. */
const ENVIRONMENT = { DASHSCOPE_EDGE_URL: 'http://gateway.invalid', ADMIN_TOKEN: 'admin-token-of-the-tests' }
const ID = 'key_0123456789abcdef'

const said: string[] = []
const complained: string[] = []

beforeEach(() => {
  vi.spyOn(console, 'log').mockImplementation((text: string) => said.push(text))
  vi.spyOn(console, 'error').mockImplementation((text: string) => complained.push(text))
  vi.stubGlobal('fetch', () => {
    throw new Error('The gateway was asked.')
  })
})

afterEach(() => {
  said.length = 0
  complained.length = 0
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

it.each([
  ['keys create --rmp 5', "Unknown option '--rmp'. See: npm run edge -- keys create --help"],
  ['keys create --rpm 5', 'npm run edge -- keys create --name web'],
  ['keys create --name web --rpm many', '--rpm is "many"'],
  ['keys create web', 'npm consumes flags'],
  ['keys create --name', '--name'],
  ['keys show', 'Which key id or name?'],
  [`keys show ${ID} ${ID}`, 'is not an argument of this command'],
  [`keys change ${ID}`, 'Nothing to change.'],
  [`keys change ${ID} --no-rpm --rpm 5`, 'contradict'],
  ['usage --csv --json', 'contradict'],
  ['usage --hour --by model', 'contradict'],
  ['usage --csv --region beijing', '--by region'],
  ['keys create --name web --alias gpt-4o', 'must be a name and a model'],
  ['keys create --name web --alert half', 'must be a whole number'],
  ['keys create --name web --mint-parameters 1', 'must be a JSON object'],
  ['keys shwo', '"keys shwo" is no command'],
  ['', 'npm run edge -- <command>'],
])('The command "%s" exits with 2 and a sentence about what is wrong.', async (line, complaint) => {
  expect(await run(line.split(' ').filter(Boolean), ENVIRONMENT)).toBe(2)
  expect(said).toEqual([])
  expect(complained).toEqual([expect.stringContaining(complaint)])
})

it('Of a group of commands without its second word, only those of the group are listed.', async () => {
  expect(await run(['hooks'], ENVIRONMENT)).toBe(2)
  expect(complained).toEqual([expect.stringMatching(/"hooks" is no command\.[\s\S]*\n {2}hooks demo/)])
  expect(complained.join()).not.toMatch(/^ {2}(keys|jobs|usage)\b/m)
})

it.each([
  ['gateway.example'],
  ['ftp://gateway.example'],
  ['https://gateway.example/compatible-mode/v1'],
  ['https://me:secret@gateway.example'],
])('The URL %s is refused for a gateway.', async (address) => {
  expect(await run(['keys', 'list'], { ...ENVIRONMENT, DASHSCOPE_EDGE_URL: address })).toBe(2)
  expect(complained).toEqual([expect.stringContaining('DASHSCOPE_EDGE_URL')])
})

it.each([
  ['--help', 'doctor'],
  ['help', 'usage'],
  ['keys create --help', '--budget-day'],
  ['keys change -h --nonsense', '--no-<flag>'],
  ['usage --help', '--by'],
  ['doctor --help', '--json'],
])('The command is explained by "%s"', async (line, word) => {
  expect(await run(line.split(' '), {})).toBe(0)
  expect(said).toEqual([expect.stringContaining(word)])
})

it('The command says that nothing responds, and what to do.', async () => {
  vi.stubGlobal('fetch', async () => {
    throw new TypeError('fetch failed', { cause: new Error('getaddrinfo ENOTFOUND gateway.invalid') })
  })
  expect(await run(['keys', 'list'], ENVIRONMENT)).toBe(1)
  expect(complained).toEqual([
    'http://gateway.invalid could not be reached (getaddrinfo ENOTFOUND gateway.invalid). Start the gateway, or set DASHSCOPE_EDGE_URL to its URL.',
  ])
})

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readEnvFile } from '../../scripts/env-file.ts'
import { unknownVariables } from '../../scripts/unknown-variables.ts'

const directory = mkdtempSync(join(tmpdir(), 'dashscope-edge-env-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

describe('readEnvFile', () => {
  const expected = { DASHSCOPE_API_KEY: 'sk-1', REGIONS: 'beijing,singapore', CACHE_TTL_SECONDS: '60' }
  const lines = ['DASHSCOPE_API_KEY=sk-1', 'REGIONS=beijing,singapore', 'CACHE_TTL_SECONDS=60', '']

  it.each<[string, string | Buffer]>([
    ['LF', lines.join('\n')],
    ['CRLF', lines.join('\r\n')],
    ['a byte order mark', `\uFEFF${lines.join('\n')}`],
    ['a byte order mark and CRLF', `\uFEFF${lines.join('\r\n')}`],
    ['UTF-16, as PowerShell writes it', Buffer.from(`\uFEFF${lines.join('\r\n')}`, 'utf16le')],
    ['export', lines.map((line) => line && `export ${line}`).join('\n')],
    ['double quotes', lines.map((line) => line.replace(/=(.*)/, '="$1"')).join('\n')],
    ['single quotes and CRLF', lines.map((line) => line.replace(/=(.*)/, "='$1'")).join('\r\n')],
    ['spaces and comments', `# secret\n${lines.map((line) => line.replace('=', ' = ')).join('\n')} # end`],
    ['no line end after the last line', lines.join('\n').trimEnd()],
  ])('A file with %s is read.', (_what, content) => {
    const path = join(directory, '.env')
    writeFileSync(path, content)
    expect(readEnvFile(path)).toEqual(expected)
  })

  it('A missing file counts as empty.', () => {
    expect(readEnvFile(join(directory, 'missing'))).toEqual({})
  })
})

describe('unknownVariables', () => {
  it.each([
    ['CACHE_TTL', 'CACHE_TTL_SECONDS'],
    ['DASHSCOPE_APIKEY', 'DASHSCOPE_API_KEY'],
    ['DASHSCOPE_API_KEYS', 'DASHSCOPE_API_KEY'],
    ['REGION', 'REGIONS'],
    ['DASHSCOPE_API_KEY_SINGAPOR', 'DASHSCOPE_API_KEY_SINGAPORE'],
  ])('The variable that %s probably means is suggested.', (name, meant) => {
    expect(unknownVariables([name], '.env')).toEqual([
      `${name} in .env is not a variable of the gateway. Did you mean ${meant}?`,
    ])
  })

  it('Nothing is suggested for a name that resembles none.', () => {
    expect(unknownVariables(['DATABASE_URL'], 'wrangler.toml')).toEqual([
      'DATABASE_URL in wrangler.toml is not a variable of the gateway.',
    ])
  })

  it('Every variable of the Worker and of the scripts is accepted.', () => {
    const names = ['DASHSCOPE_API_KEY_TOKYO', 'REGIONS', 'PORT', 'HOST', 'EDGE_STATE_DIRECTORY']
    expect(unknownVariables(names, '.env')).toEqual([])
  })
})

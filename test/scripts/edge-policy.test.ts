import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { readInput, UsageError } from '../../scripts/edge/command.ts'
import { keyCommands } from '../../scripts/edge/keys.ts'
import { changedPolicy, type Fields, newPolicy, readEdits } from '../../scripts/edge/policy.ts'
import { createLine } from '../../scripts/edge/policy-line.ts'

const NOW_MS = Date.parse('2026-11-24T12:00:00Z')

function typed(words: 'keys create' | 'keys change', line: string) {
  const command = keyCommands.find((each) => each.words === words)
  if (!command) throw new Error(`There is no command ${words}.`)
  return readInput(command, line.split(' ').filter(Boolean), NOW_MS)
}

/** The words of a line as a shell reads them. */
function wordsOf(line: string): string[] {
  return execFileSync('sh', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1)
}

function change(record: Fields, line: string): Fields {
  return changedPolicy(record, readEdits(typed('keys change', `key_0 ${line}`)))
}

describe('the flags of a new key', () => {
  it.each<[string, Fields]>([
    ['--name web', { name: 'web' }],
    ['--models qwen-*,qwq-plus --models qvq-max', { models: ['qwen-*', 'qwq-plus', 'qvq-max'] }],
    ['--origin https://app.example', { origins: ['https://app.example'] }],
    ['--origin none', { origins: [] }],
    ['--ip 203.0.113.0/24,2001:db8::/32', { ip_ranges: ['203.0.113.0/24', '2001:db8::/32'] }],
    ['--expires 30d', { expires_at: '2026-12-24T12:00:00.000Z' }],
    ['--expires 12h', { expires_at: '2026-11-25T00:00:00.000Z' }],
    ['--expires 2027-01-31', { expires_at: '2027-01-31T00:00:00Z' }],
    ['--expires 2027-01-31T18:00:00+08:00', { expires_at: '2027-01-31T18:00:00+08:00' }],
    ['--cache-ttl 60 --cache-scope a', { cache: { ttl_seconds: 60, scope: 'a' } }],
    ['--no-cache', { cache: { enabled: false } }],
    ['--cache-streams', { cache: { streams: true } }],
    [
      '--rpm 60 --tpm 90 --in-flight 4 --budget-day 1000000 --budget-month 2',
      {
        limits: {
          requests_per_minute: 60,
          tokens_per_minute: 90,
          requests_in_flight: 4,
          tokens_per_day: 1_000_000,
          tokens_per_month: 2,
        },
      },
    ],
    [
      '--money-day 1.5 --user-money-month 10',
      { limits: { money_per_day: 1.5 }, user_limits: { money_per_month: 10 } },
    ],
    [
      '--max-tokens 1 --max-n 2 --max-thinking 3 --max-media 4 --max-media-bytes 5',
      { caps: { max_tokens: 1, n: 2, thinking_budget: 3, media_parts: 4, media_bytes: 5 } },
    ],
    [
      '--no-search --no-tools --no-thinking',
      { caps: { enable_search: false, tools: false, enable_thinking: false } },
    ],
    [
      '--turnstile-host app.example --turnstile-action chat --issuer idp',
      { mint: { turnstile: { hostnames: ['app.example'], action: 'chat' }, issuers: ['idp'] } },
    ],
    ['--unmetered', { metered: false }],
    ['--alias gpt-4o=qwen-plus,gpt-4=qwen-max', { aliases: { 'gpt-4o': 'qwen-plus', 'gpt-4': 'qwen-max' } }],
    ['--fallback qwen-max=qwen-plus+qwen-flash', { fallbacks: { 'qwen-max': ['qwen-plus', 'qwen-flash'] } }],
    ['--alert 50,80 --users-from body', { alerts: { percent: [50, 80] }, user_from: 'body' }],
    ['--max-jobs 5 --hooks', { jobs: { open: 5 }, hooks: true }],
    ['--log-bodies', { log_bodies: true }],
    ['--no-jobs', { jobs: false }],
    [
      '--mint-requests 5 --mint-tokens 9 --mint-model qwen-plus --mint-parameters {"seed":1}',
      {
        mint: { budget: { requests: 5, tokens: 9 }, frozen: { model: 'qwen-plus', parameters: { seed: 1 } } },
      },
    ],
  ])('The flags "%s" become fields.', (line, fields) => {
    expect(newPolicy(typed('keys create', line))).toEqual(fields)
  })

  it.each([
    '--rpm -5',
    '--rpm 1.5',
    '--rpm 1e3',
    '--rpm=',
    '--rpm 60x',
    '--money-day 1,50',
    '--expires 30',
    '--expires soon',
    '--expires 2027-1-31',
    '--no-rpm',
    '--search',
    '--limits 5',
  ])('The flags "%s" are refused.', (line) => {
    expect(() => newPolicy(typed('keys create', line))).toThrow(UsageError)
  })
})

describe('the flags of a change', () => {
  const record: Fields = {
    id: 'key_0',
    name: 'web',
    models: ['qwen-*'],
    limits: { requests_per_minute: 60, money_per_day: 5 },
    caps: { tools: false },
    mint: { turnstile: { hostnames: ['app.example'] }, budget: { requests: 9 } },
    cache: { enabled: false },
    metered: false,
  }

  it.each<[string, Fields]>([
    ['--name shop', { name: 'shop' }],
    ['--rpm 90', { limits: { requests_per_minute: 90, money_per_day: 5 } }],
    ['--no-rpm', { limits: { money_per_day: 5 } }],
    ['--no-rpm --no-money-day', { limits: null }],
    ['--no-limits', { limits: null }],
    ['--no-limits --tpm 7', { limits: { tokens_per_minute: 7 } }],
    ['--no-models', { models: null }],
    ['--user-rpm 3', { user_limits: { requests_per_minute: 3 } }],
    ['--no-search', { caps: { tools: false, enable_search: false } }],
    ['--tools', { caps: null }],
    ['--cache', { cache: null }],
    ['--metered', { metered: null }],
    [
      '--turnstile-action chat',
      { mint: { turnstile: { hostnames: ['app.example'], action: 'chat' }, budget: { requests: 9 } } },
    ],
    ['--no-turnstile-host', { mint: { budget: { requests: 9 } } }],
  ])('The flags "%s" change the record.', (line, fields) => {
    expect(change(record, line)).toEqual(fields)
  })

  it('The record that was read is left unchanged.', () => {
    const before = structuredClone(record)
    change(record, '--no-rpm --tools --models qwq-plus')
    expect(record).toEqual(before)
  })

  it.each(['--rpm 5 --no-rpm', '--tools --no-tools', '--metered --unmetered', '--no-name'])(
    'The flags %s are refused.',
    (line) => {
      expect(() => change(record, line)).toThrow(UsageError)
    },
  )
})

describe('the command for a record', () => {
  it.each<[string, Fields]>([
    ['one field', { name: 'web' }],
    [
      'lists, maps and chains',
      {
        name: 'web',
        models: ['qwen-*', 'qwq-plus'],
        origins: [],
        aliases: { 'gpt-4o': 'qwen-plus', o3: 'qwen-max' },
        fallbacks: { 'qwen-max': ['qwen-plus', 'qwen-flash'] },
        alerts: { percent: [50, 100] },
      },
    ],
    [
      'numbers, switches and JSON',
      {
        name: 'web',
        limits: { requests_per_minute: 60, money_per_day: 0.5 },
        caps: { max_tokens: 500, tools: false },
        cache: { enabled: false },
        mint: { frozen: { system: 'Be brief.', parameters: { seed: 1 } } },
        hooks: true,
        log_bodies: true,
        expires_at: '2027-01-31T18:00:00+08:00',
      },
    ],
    ['a text that a shell would read', { name: `it's "-$(x)" 中文; --rpm 1` }],
    ['a text that looks like a flag', { name: '--models' }],
  ])('The command line reads back %s.', (_, fields) => {
    const [, , , , , , ...flags] = wordsOf(createLine(fields))
    const command = keyCommands.find((each) => each.words === 'keys create')
    if (!command) throw new Error('There is no command for a new key.')
    expect(newPolicy(readInput(command, flags, NOW_MS))).toEqual(fields)
  })
})

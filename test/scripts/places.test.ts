import { describe, expect, it } from 'vitest'
import { requirePlaces, requireReadableVars } from '../../scripts/worker-settings.ts'

describe('npm run deploy refuses the places of wrangler.toml before any change', () => {
  it.each<[string, Record<string, string>, string[], RegExp]>([
    [
      'a misspelt variable',
      { CACHE_TTL: '60' },
      [],
      /^CACHE_TTL in \[vars\] .* Did you mean CACHE_TTL_SECONDS\? Nothing/,
    ],
    [
      'a variable with other underscores',
      { DASHSCOPE_APIKEY: 'sk-1' },
      [],
      /Did you mean DASHSCOPE_API_KEY\?/,
    ],
    [
      'a variable of something else',
      { FAVOURITE: 'blue' },
      [],
      /^FAVOURITE .* docs\/configuration\.md lists them/,
    ],
    [
      'a secret in [vars]',
      { DASHSCOPE_API_KEY: 'sk-1' },
      [],
      /^DASHSCOPE_API_KEY is a secret, but \[vars\] are deployed/,
    ],
    [
      'a secret of a region in [vars]',
      { DASHSCOPE_API_KEY_TOKYO: 'sk-1' },
      [],
      /^DASHSCOPE_API_KEY_TOKYO is a secret/,
    ],
    [
      'a name that is also stored as a secret',
      { PRICES: '{}' },
      ['PRICES'],
      /^PRICES is in \[vars\] and also stored/,
    ],
  ])('%s.', (_, vars, present, message) => {
    expect(() => requirePlaces(vars, present)).toThrow(message)
  })

  it.each<[Record<string, string>, string]>([
    [{ REGIONS: 'bejing' }, 'REGIONS holds "bejing"'],
    [{ CACHE_TTL_SECONDS: '1h' }, 'CACHE_TTL_SECONDS must be a whole number from 0'],
    [{ PUBLIC_URLS: 'ai.example' }, 'PUBLIC_URLS holds "ai.example"'],
    [
      { JWT_ISSUERS: '[{"name":"a","issuer":"b","jwks":"https://c.example","algorithms":["RS256"]}]' },
      'audience',
    ],
  ])('%j, also with --dry-run.', (vars, message) => {
    expect(() => requirePlaces(vars, [])).not.toThrow()
    expect(() => requireReadableVars(vars)).toThrow(message)
  })

  it('A correct configuration has no findings.', () => {
    const vars = { REGIONS: 'beijing,singapore', CACHE_TTL_SECONDS: '60' }
    expect(() => requirePlaces(vars, ['ADMIN_TOKEN'])).not.toThrow()
    expect(() => requireReadableVars(vars)).not.toThrow()
  })
})

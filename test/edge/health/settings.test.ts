import { describe, expect, it } from 'vitest'
import { checkClock, checkOrigins, checkSecrets, isLoopback } from '../../../src/edge/health/settings.ts'

const NOW_MS = Date.parse('2026-11-24T12:00:00Z')
const API_KEY = 'sk-0123456789abcdef0123456789abcdef'

describe('the check of the settings', () => {
  it('The missing secrets are named.', () => {
    expect(checkSecrets({ DASHSCOPE_API_KEY: API_KEY, ADMIN_TOKEN: ' ' })).toMatchObject({
      ok: false,
      says: 'ADMIN_TOKEN is missing.',
      fix: 'Run: npx wrangler secret put ADMIN_TOKEN',
    })
  })

  it.each([
    [[], false],
    [['https://app.example', 'https://*.app.example'], false],
    [['http://localhost:5173', 'http://127.0.0.1:3000', 'http://[::1]:1', 'http://app.localhost'], false],
    [['http://localhost:*', 'http://[::1]:*'], false],
    [['https://app.example', 'http://app.example'], true],
    [['http://*.app.example'], true],
    [['http://localhost.example'], true],
  ])('For the origins %j, whether there is a warning is %s', (origins, warns) => {
    const finding = checkOrigins(origins)
    expect(finding.ok).toBe(true)
    expect(finding.fix !== undefined).toBe(warns)
  })

  it.each([
    ['Tue, 24 Nov 2026 12:00:00 GMT', [true]],
    ['Tue, 24 Nov 2026 12:01:00 GMT', [true]],
    ['Tue, 24 Nov 2026 12:01:02 GMT', [false]],
    ['Tue, 24 Nov 2026 11:58:00 GMT', [false]],
    ['yesterday', []],
    [null, []],
  ])('A clock at %s is compared with noon: %j', (date, verdicts) => {
    expect(checkClock(date, NOW_MS).map(({ ok }) => ok)).toEqual(verdicts)
  })

  it.each([
    ['http://127.0.0.1:8787', true],
    ['http://127.0.0.1.example', false],
    ['http://10.0.0.1', false],
  ])('Whether %s is this machine is %s', (address, expected) => {
    expect(isLoopback(address)).toBe(expected)
  })
})

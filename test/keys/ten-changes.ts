import type { KeyChange } from '../../src/policy/schema/key.ts'

/** Changes to ten fields of a key, which can be made at the same moment. */
export const TEN_CHANGES: readonly KeyChange[] = [
  { name: 'renamed' },
  { models: ['qwen-*'] },
  { origins: ['https://a.example'] },
  { endpoints: ['chat-completions'] },
  { limits: { requests_per_minute: 9 } },
  { ip_ranges: ['203.0.113.0/24'] },
  { metered: false },
  { regions: ['beijing'] },
  { cache: { scope: 'team' } },
  { expires_at: '2099-01-01T00:00:00Z' },
]

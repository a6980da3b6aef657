import { expect, it } from 'vitest'
import { addressOf } from '../../scripts/wrangler.ts'

it.each([
  ['workers.dev', ['https://dashscope-edge.me.workers.dev'], 'https://dashscope-edge.me.workers.dev'],
  ['a slash at the end', ['http://127.0.0.1:1/'], 'http://127.0.0.1:1'],
  [
    'a domain of its own first',
    ['https://dashscope-edge.me.workers.dev', 'ai.example (custom domain)'],
    'https://ai.example',
  ],
  ['a domain with its zone', ['ai.example (custom domain - zone id: 1)'], 'https://ai.example'],
  ['routes only', ['example.com/* (zone name: example.com)', 'schedule: * * * * *'], undefined],
  ['nothing', [], undefined],
])('reads the address out of what wrangler writes: %s', (_what, targets, address) => {
  const output = [{ type: 'wrangler-session' }, { type: 'deploy', targets }, { type: 'later' }]
  expect(addressOf(output.map((entry) => `${JSON.stringify(entry)}\n`).join(''))).toBe(address)
})

it('knows no address where wrangler wrote nothing', () => {
  expect(addressOf('')).toBeUndefined()
})

import { expect, it } from 'vitest'
import { addressesOf } from '../../scripts/wrangler.ts'

it.each([
  ['workers.dev', ['https://dashscope-edge.me.workers.dev'], ['https://dashscope-edge.me.workers.dev']],
  ['a slash at the end', ['http://127.0.0.1:1/'], ['http://127.0.0.1:1']],
  [
    'a custom domain, which comes first',
    ['https://dashscope-edge.me.workers.dev', 'ai.example (custom domain)'],
    ['https://ai.example', 'https://dashscope-edge.me.workers.dev'],
  ],
  ['a custom domain with its zone', ['ai.example (custom domain - zone id: 1)'], ['https://ai.example']],
  ['only routes', ['example.com/* (zone name: example.com)', 'schedule: * * * * *'], []],
  ['no targets', [], []],
])('The URLs in the output of wrangler are read: %s', (_what, targets, addresses) => {
  const output = [{ type: 'wrangler-session' }, { type: 'deploy', targets }, { type: 'later' }]
  expect(addressesOf(output.map((entry) => `${JSON.stringify(entry)}\n`).join(''))).toEqual(addresses)
})

it('An empty output has no URL.', () => {
  expect(addressesOf('')).toEqual([])
})

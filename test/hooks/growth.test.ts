import { expect, it } from 'vitest'
import { showGrowth } from '../../src/hooks/growth.ts'

const frame = (content: string) => ({ data: JSON.stringify({ choices: [{ delta: { content } }] }) })

type Frame = Parameters<ReturnType<typeof showGrowth>['frame']>[0]

it('A growing reply ends when the call under way has ended, without the wait that follows it.', async () => {
  const shown: string[] = []
  let response = () => {}
  const show = (text: string) => {
    shown.push(text)
    return new Promise<void>((resolve) => {
      response = resolve
    })
  }
  // A wait that never ends.
  const { frame: take, end } = showGrowth(show, () => new Promise(() => {}))
  take(frame('one ') as Frame)
  take(frame('two') as Frame)
  let hasEnded = false
  const ended = end().then(() => {
    hasEnded = true
  })
  await Promise.resolve()
  expect([shown, hasEnded]).toEqual([['one '], false])
  response()
  await ended
  take(frame(' three') as Frame)
  expect(shown).toEqual(['one '])
})

import { expect, it } from 'vitest'
import { CallAbort, nativeSignal } from '../../src/upstream/call-signal.ts'

it('Listeners of an abort are called once, and not after they were removed.', () => {
  const abort = new CallAbort()
  const called: string[] = []
  const removed = () => called.push('removed')
  abort.addEventListener('abort', () => called.push('kept'))
  abort.addEventListener('abort', removed)
  abort.removeEventListener('abort', removed)
  expect(abort.aborted).toBe(false)
  abort.abort()
  abort.abort()
  expect([abort.aborted, called]).toEqual([true, ['kept']])
})

it('A native signal follows an abort, also one that came before.', () => {
  const abort = new CallAbort()
  const before = nativeSignal(abort)
  expect(before.aborted).toBe(false)
  abort.abort()
  expect([before.aborted, nativeSignal(abort).aborted]).toEqual([true, true])
})

it('A native signal stays the same object.', () => {
  const { signal } = new AbortController()
  expect(nativeSignal(signal)).toBe(signal)
})

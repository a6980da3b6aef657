import { afterAll, vi } from 'vitest'

/** Files share a process: the next one must not find fake timers, spies or stubs of this one. */
afterAll(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

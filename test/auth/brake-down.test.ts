import { expect, it } from 'vitest'
import { unauthenticated } from '../../src/auth/credential.ts'
import { withAuthThrottle } from '../../src/auth/throttle.ts'

it('A refusal keeps its status when the rate limit binding fails.', async () => {
  const binding: RateLimit = { limit: () => Promise.reject(new Error('The binding is down.')) }
  const refused = unauthenticated('The key is wrong.')
  const headers = new Headers({ 'cf-connecting-ip': '192.0.2.1' })
  const work = () => Promise.reject(refused)
  await expect(withAuthThrottle(binding, headers, Date.now(), work)).rejects.toBe(refused)
})

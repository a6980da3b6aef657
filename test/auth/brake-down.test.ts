import { expect, it } from 'vitest'
import { unauthenticated } from '../../src/auth/credential.ts'
import { braking } from '../../src/auth/throttle.ts'

it('a refusal stays what it is where the binding that counts it fails', async () => {
  const binding: RateLimit = { limit: () => Promise.reject(new Error('The binding is down.')) }
  const refused = unauthenticated('The key is wrong.')
  const work = () => Promise.reject(refused)
  await expect(braking(binding, new Headers(), Date.now(), work)).rejects.toBe(refused)
})

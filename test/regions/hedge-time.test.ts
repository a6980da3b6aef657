import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { json, type Respond } from '../harness/plain-upstream.ts'
import { error, useRegions } from './rig.ts'

describe('a hedge', () => {
  const rig = useRegions({ HEDGE: 'on' })

  /** Answers so only after a while. */
  function delayed(milliseconds: number, respond: Respond): Respond {
    return async (response, seen) => {
      await sleep(milliseconds)
      return respond(response, seen)
    }
  }

  async function warmUp(milliseconds: number) {
    rig.beijing.answer(delayed(milliseconds, json('{"output":{"text":"ok"}}')))
    for (let time = 0; time < 6; time++) await (await rig.post()).text()
  }

  it('The second region gets the time that is left, and not all of it again.', async () => {
    await warmUp(500)
    rig.beijing.answer(() => undefined)
    // The second region is asked after more than half a second, so that this answer is later than three seconds.
    rig.singapore.answer(delayed(2800, json('{"output":{"text":"late"}}')))
    const before = rig.asked().length
    const response = await rig.post({ headers: { 'x-edge-timeout': '3' } })
    expect(rig.asked().slice(before)).toEqual(['beijing', 'singapore'])
    expect(response.status).toBe(504)
    expect(await response.json()).toMatchObject({ code: 'RequestTimeOut' })
  })

  it('A region that fails repeatedly in hedges is ejected, even if the other region always responds.', async () => {
    await warmUp(0)
    rig.beijing.answer(delayed(400, error(503, 'ModelUnavailable')))
    rig.singapore.answer(delayed(600, json('{"output":{"text":"from Singapore"}}')))
    for (let time = 0; time < 5; time++) {
      expect((await rig.post()).headers.get('x-edge-attempts')).toBe('2;path="beijing=503, singapore=200"')
    }
    const before = rig.asked().length
    expect(await (await rig.post()).text()).toContain('from Singapore')
    // The other account in Beijing has not failed.
    expect(rig.asked().slice(before)).not.toContain('beijing')
  })

  it('The second region is awaited if the first returns 200 with nonsense.', async () => {
    await warmUp(0)
    rig.beijing.answer(
      delayed(400, (response) => {
        response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Welcome</html>')
      }),
    )
    rig.singapore.answer(delayed(700, json('{"output":{"text":"from Singapore"}}')))
    const response = await rig.post()
    expect(await response.text()).toContain('from Singapore')
    expect(response.headers.get('x-edge-attempts')).toBe('2;path="beijing=nonsense, singapore=200"')
  })
})

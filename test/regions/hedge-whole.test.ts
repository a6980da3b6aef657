import { expect, it } from 'vitest'
import { nativeBody } from '../harness/caller.ts'
import { events, json, type Respond } from '../harness/plain-upstream.ts'
import { hangUp, useRegions } from './rig.ts'

const rig = useRegions({ HEDGE: 'on' })

const REFUSAL =
  '{"code":"InvalidParameter","message":"parameter.enable_thinking must be set to false for non-streaming calls"}'
const WHOLE =
  'data:{"output":{"text":"from Singapore","finish_reason":"stop"},"usage":{"input_tokens":1,"output_tokens":1}}\n\n'

/** Refuses what is no stream, and answers a stream so. */
function onlyStreams(respond: Respond): Respond {
  return (response, seen) =>
    (seen.headers['x-dashscope-sse'] === 'enable' ? respond : json(REFUSAL, 400))(response, seen)
}

it('A region that a hedge did not need is asked when the first one fails.', async () => {
  const body = (thinks: boolean) => nativeBody('m', 'hi', { enable_thinking: thinks })
  for (let time = 0; time < 4; time++) await (await rig.post({ body: body(false) })).text()
  rig.beijing.answer(onlyStreams(hangUp))
  rig.singapore.answer(onlyStreams(events([WHOLE])))
  const response = await rig.post({ body: body(true) })
  expect(await response.text()).toContain('from Singapore')
})

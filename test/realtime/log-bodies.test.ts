import { expect, it } from 'vitest'
import { until } from '../harness/caller.ts'
import { useLog } from '../meter/over-http/log-rig.ts'
import { isEvent, isTaskEvent, openSocket, runSynthesis, taskFrame } from './socket.ts'

const rig = useLog({ LOG_BODIES: 'on' })

function open(path: string) {
  const headers = { authorization: `Bearer ${rig.client.key}` }
  return openSocket(`${rig.gateway.address}/api-ws/v1${path}`, { headers })
}

/** The frames of one direction in the only line. */
async function frames(name: 'body' | 'answer'): Promise<Record<string, unknown>[]> {
  await until('the line is written', () => rig.lines().length === 1)
  const text = String(rig.lines()[0]?.[name])
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

it('With LOG_BODIES=on the log has the text frames of a task, in both directions.', async () => {
  const socket = await open('/inference')
  const sent = [
    runSynthesis('t1'),
    taskFrame('continue-task', 't1', { input: { text: 'Hello.' } }),
    taskFrame('finish-task', 't1', { input: {} }),
  ]
  socket.send(sent[0])
  await socket.until(isTaskEvent('task-started'))
  for (const frame of sent.slice(1)) socket.send(frame)
  await socket.until(isTaskEvent('task-finished'))
  socket.close()
  expect(await frames('body')).toEqual(sent)
  expect(await frames('answer')).toEqual(socket.messages)
})

it('With LOG_BODIES=on the log of a conversation has neither sound nor pieces of text.', async () => {
  const socket = await open('/realtime?model=qwen3-omni-flash-realtime')
  await socket.until(isEvent('session.created'))
  const audio = Buffer.alloc(3200).toString('base64')
  socket.send({ type: 'input_audio_buffer.append', audio })
  socket.send({
    type: 'conversation.item.create',
    item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
  })
  socket.send({ type: 'response.create' })
  await socket.until(isEvent('response.done'))
  socket.close()
  const [append, create] = await frames('body')
  expect(append).toEqual({ type: 'input_audio_buffer.append' })
  expect(create).toMatchObject({ item: { content: [{ text: 'Hi' }] } })
  const responses = await frames('answer')
  expect(responses.filter(isEvent('response.audio.delta')).length).toBeGreaterThan(0)
  expect(responses.every((response) => !('delta' in response))).toBe(true)
  expect(responses.at(-1)).toEqual(socket.messages.find(isEvent('response.done')))
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestGateway, type TestGateway } from '../harness/gateway.ts'
import { isTaskEvent, openSocket, runRecognition, runSynthesis, taskFrame } from './socket.ts'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway()
})
afterAll(() => gateway.stop())

const inference = async (fields: Record<string, unknown> = {}) => {
  const { key } = await gateway.issueKey(fields)
  return openSocket(`${gateway.address}/api-ws/v1/inference`, { headers: { authorization: `Bearer ${key}` } })
}

/** A vocabulary that another key has made. */
async function vocabularyOfOther(): Promise<string> {
  const { key } = await gateway.issueKey()
  const response = await fetch(`${gateway.address}/api/v1/services/audio/asr/customization`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'speech-biasing',
      input: { action: 'create_vocabulary', target_model: 'fun-asr', prefix: 'p', vocabulary: [] },
    }),
  })
  const { output } = (await response.json()) as { output: { vocabulary_id: string } }
  return output.vocabulary_id
}

describe('frames after the first one of a task', () => {
  it('A task id that is used again fails its open task and ends the connection, so that nothing runs uncounted.', async () => {
    const socket = await inference()
    socket.send(runRecognition())
    await socket.until(isTaskEvent('task-started'))
    socket.send(runRecognition())
    expect(await socket.until(isTaskEvent('task-failed'))).toMatchObject({ header: { task_id: 't1' } })
    expect(await socket.closed).toEqual({ code: 1008, reason: 'InvalidParameter' })
  })

  it.each<[string, Record<string, unknown>, string]>([
    ['a vocabulary of another key', { parameters: { vocabulary_id: 'THEIRS' } }, 'NotFound'],
    ['a vocabulary of another key as a resource', { resources: [{ resource_id: 'THEIRS' }] }, 'NotFound'],
    ['an upload of another key', { input: { url: 'oss://a/b/c/d.wav' } }, 'NotFound'],
    ['a model that the key may not use', { model: 'qwen-max' }, 'Model.AccessDenied'],
    ['an application that the key may not use', { input: { app_id: 'app-1' } }, 'Model.AccessDenied'],
    ['a workspace', { input: { workspace_id: 'llm-x' } }, 'AccessDenied'],
  ])('A later frame of a task may not name %s.', async (_, payload, code) => {
    const socket = await inference({ models: ['cosyvoice*'] })
    socket.send(runSynthesis('t1'))
    await socket.until(isTaskEvent('task-started'))
    const theirs = await vocabularyOfOther()
    socket.send(JSON.stringify(taskFrame('continue-task', 't1', payload)).replace('THEIRS', theirs))
    const failed = await socket.until(isTaskEvent('task-failed'))
    expect(failed).toMatchObject({ header: { task_id: 't1', error_code: code } })
    expect(await socket.closed).toMatchObject({ code: 1008 })
  })

  it('Audio after the end of a task goes nowhere.', async () => {
    const socket = await inference()
    socket.send(runSynthesis('t1'))
    await socket.until(isTaskEvent('task-started'))
    socket.sendBytes(new Uint8Array(3200))
    socket.send(taskFrame('continue-task', 't1', { input: { text: 'Hi.' } }))
    socket.send(taskFrame('finish-task', 't1', { input: {} }))
    await socket.until(isTaskEvent('task-finished'))
    socket.close()
  })
})

import { isEvent, isTaskEvent, openSocket, runSynthesis, taskFrame } from '../../realtime/socket.ts'

export const SPEECH = 'cosyvoice-v3-plus'
export const CONVERSATION = 'qwen3-omni-flash-realtime'

/** Has a sentence spoken in a task on a WebSocket. */
export async function speakOnSocket(address: string, key: string, index: number): Promise<void> {
  const headers = { authorization: `Bearer ${key}` }
  const socket = await openSocket(`${address}/api-ws/v1/inference`, { headers })
  const task = `t${index}`
  socket.send(runSynthesis(task, SPEECH))
  await socket.until(isTaskEvent('task-started'))
  socket.send(taskFrame('continue-task', task, { input: { text: `Sentence ${index}. 你好。` } }))
  socket.send(taskFrame('finish-task', task, { input: {} }))
  await socket.until(isTaskEvent('task-finished'))
  socket.close()
}

/** Asks two questions in a conversation on a WebSocket. */
export async function converseOnSocket(address: string, key: string, index: number): Promise<void> {
  const headers = { authorization: `Bearer ${key}` }
  const socket = await openSocket(`${address}/api-ws/v1/realtime?model=${CONVERSATION}`, { headers })
  await socket.until(isEvent('session.created'))
  for (const turn of [1, 2]) {
    const content = [{ type: 'input_text', text: `question ${index} ${turn}` }]
    socket.send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content } })
    socket.send({ type: 'response.create' })
    await socket.until(() => socket.messages.filter(isEvent('response.done')).length === turn)
  }
  socket.send({ type: 'session.finish' })
  await socket.until(isEvent('session.finished'))
  socket.close()
}

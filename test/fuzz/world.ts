import type { World } from './case.ts'
import { form } from './sample.ts'

const COMPATIBLE = '/compatible-mode/v1'
const REQUEST = {
  custom_id: '1',
  method: 'POST',
  url: '/v1/chat/completions',
  body: { model: 'qwen-plus', messages: [{ role: 'user', content: 'hi' }] },
}

/**
 * Makes the resources that the cases name.
 *
 * @param keys client keys that work; the first makes the resources.
 * @throws if the gateway refuses one of them.
 */
export async function fillWorld(address: string, keys: readonly [string, ...string[]]): Promise<World> {
  const send = async <Made>(path: string, body: string, type: string, more: Record<string, string> = {}) => {
    const headers = { authorization: `Bearer ${keys[0]}`, 'content-type': type, ...more }
    const response = await fetch(address + path, { method: 'POST', headers, body })
    if (!response.ok) throw new Error(`POST ${path} made nothing: ${await response.text()}`)
    return (await response.json()) as Made
  }
  const make = <Made = { id: string }>(path: string, body: object, more?: Record<string, string>) =>
    send<Made>(path, JSON.stringify(body), 'application/json', more)
  const upload = async (purpose: string, filename: string, text: string) => {
    const { path, body, headers } = form(
      'file-upload',
      `${COMPATIBLE}/files`,
      { purpose },
      { name: 'file', filename, text },
    )
    return (await send<{ id: string }>(path, String(body), headers?.['content-type'] ?? '')).id
  }
  const native = form(
    'native-file-upload',
    '/api/v1/files',
    {},
    { name: 'files', filename: 'a.jsonl', text: '{}' },
  )
  const { data } = await send<{ data: { uploaded_files: [{ file_id: string }] } }>(
    native.path,
    String(native.body),
    native.headers?.['content-type'] ?? '',
  )
  const { output } = await make<{ output: { task_id: string } }>(
    '/api/v1/services/aigc/text2image/image-synthesis',
    { model: 'wanx2.1-t2i-turbo', input: { prompt: 'a whale' } },
    { 'x-dashscope-async': 'enable' },
  )
  const requests = await upload('batch', 'requests.jsonl', `${JSON.stringify(REQUEST)}\n`)
  const window = { endpoint: REQUEST.url, completion_window: '24h' }
  const batch = await make(`${COMPATIBLE}/batches`, { input_file_id: requests, ...window })
  const response = await make(`${COMPATIBLE}/responses`, { model: 'qwen-plus', input: 'hi' })
  const conversation = await make(`${COMPATIBLE}/conversations`, {})
  const items = await make<{ first_id: string }>(`${COMPATIBLE}/conversations/${conversation.id}/items`, {
    items: [{ type: 'message', role: 'user', content: 'hi' }],
  })
  const appResponse = await make(`/api/v2/apps/agent/app-1${COMPATIBLE}/responses`, { input: 'hi' })
  const video = await make(`${COMPATIBLE}/videos`, { model: 'wan2.6-t2v', prompt: 'a whale' })
  return {
    keys,
    ids: {
      task: output.task_id,
      file: await upload('file-extract', 'whales.txt', 'Whales are mammals.'),
      'native-file': data.uploaded_files[0].file_id,
      requests,
      batch: batch.id,
      response: response.id,
      conversation: conversation.id,
      item: items.first_id,
      'app-response': appResponse.id,
      video: video.id,
    },
  }
}

import type { World } from './case.ts'

/**
 * Fills a gateway with what the cases name.
 *
 * @param keys client keys that work; the first makes the task and the file.
 * @throws where the gateway does not make them.
 */
export async function fillWorld(address: string, keys: readonly [string, ...string[]]): Promise<World> {
  const authorization = `Bearer ${keys[0]}`
  const submitted = await fetch(`${address}/api/v1/services/aigc/text2image/image-synthesis`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json', 'x-dashscope-async': 'enable' },
    body: '{"model":"wanx2.1-t2i-turbo","input":{"prompt":"a whale"}}',
  })
  const form = new FormData()
  form.set('purpose', 'file-extract')
  form.set('file', new File(['Whales are mammals.'], 'whales.txt'))
  const uploaded = await fetch(`${address}/compatible-mode/v1/files`, {
    method: 'POST',
    headers: { authorization },
    body: form,
  })
  if (!submitted.ok || !uploaded.ok)
    throw new Error('The gateway made neither a task nor a file; look at its log.')
  const { output } = (await submitted.json()) as { output: { task_id: string } }
  const { id } = (await uploaded.json()) as { id: string }
  return { keys, taskId: output.task_id, fileId: id }
}

import { beforeAll, describe, expect, it } from 'vitest'
import { json } from '../harness/caller.ts'
import { send } from '../harness/wire.ts'
import { useTenants } from './tenants.ts'

const rig = useTenants()

/** A response that names what was made. */
interface Made {
  id?: string
  output?: { task_id: string }
}

/** Where the things of a key are looked up, with the id of one that alice has made. */
const made: Record<string, string> = {}

beforeAll(async () => {
  const post = async (path: string, body: object, headers: Record<string, string> = {}): Promise<Made> => {
    const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers } }
    return json<Made>(await rig.as(rig.alice.key, path, { ...init, body: JSON.stringify(body) }))
  }
  const image = { model: 'wan2.2-t2i-flash', input: { prompt: 'a cat' } }
  const task = await post('/api/v1/services/aigc/text2image/image-synthesis', image, {
    'x-dashscope-async': 'enable',
  })
  made['/api/v1/tasks/'] = task.output?.task_id ?? ''
  const responses = '/compatible-mode/v1/responses'
  made[`${responses}/`] = String((await post(responses, { model: 'qwen-plus', input: 'hi' })).id)
  const conversations = '/compatible-mode/v1/conversations'
  made[`${conversations}/`] = String((await post(conversations, {})).id)
  const videos = '/compatible-mode/v1/videos'
  made[`${videos}/`] = String((await post(videos, { model: 'wan2.6-t2v', prompt: 'a cat' })).id)
  const form = new FormData()
  form.set('purpose', 'file-extract')
  form.set('file', new Blob(['private']), 'private.txt')
  const files = '/compatible-mode/v1/files'
  const file = await rig.as(rig.alice.key, files, { method: 'POST', body: form })
  made[`${files}/`] = (await json<{ id: string }>(file)).id
})

/** Other spellings of a path that a server might take for the same. */
const TRICKS: readonly (readonly [what: string, (path: string, id: string) => string, method?: string])[] = [
  ['as it is', (path, id) => path + id],
  ['HEAD', (path, id) => path + id, 'HEAD'],
  ['a closing slash', (path, id) => `${path + id}/`],
  ['two slashes', (path, id) => `${path}/${id}`],
  ['an encoded slash', (path, id) => `${path.slice(0, -1)}%2F${id}`],
  ['an encoded letter', (path, id) => `${path}%${id.charCodeAt(0).toString(16)}${id.slice(1)}`],
  [
    'a letter that is encoded twice',
    (path, id) => `${path}%25${id.charCodeAt(0).toString(16)}${id.slice(1)}`,
  ],
  ['another case', (path, id) => path + id.toUpperCase()],
  ['a dot segment', (path, id) => `${path}x/../${id}`],
  ['an encoded dot segment', (path, id) => `${path}x/%2e%2e/${id}`],
  ['a parameter', (path, id) => `${path + id};a=b`],
  ['a space at the end', (path, id) => `${path + id}%20`],
  ['a null character', (path, id) => `${path + id}%00`],
  ['a full-width letter', (path, id) => `${path}%EF%BC%B4${id.slice(1)}`],
  ['an invisible character', (path, id) => `${path}%E2%80%8B${id}`],
  ['the alias of the path', (path, id) => `/api/v2/apps/protocols${path}${id}`],
]

describe('P7: what belongs to another key, by other spellings of its address', () => {
  it.each(TRICKS.map((trick) => [trick[0], trick] as const))(
    'It is not found: %s.',
    async (_, [, spell, method = 'GET']) => {
      for (const [path, id] of Object.entries(made)) {
        const address = { method, path: spell(path, id), headers: { authorization: `Bearer ${rig.bob.key}` } }
        const response = await send(rig.gateway.address, address)
        expect([address.path, response.status >= 400 && response.status < 500]).toEqual([address.path, true])
        expect(response.text).not.toMatch(/"status"|task_status|private/)
      }
    },
  )
})

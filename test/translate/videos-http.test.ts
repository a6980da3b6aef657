import { beforeAll, describe, expect, it } from 'vitest'
import { ask, json, until } from '../harness/caller.ts'
import { useOwnGateway } from '../harness/use-gateway.ts'

const VIDEOS = '/compatible-mode/v1/videos'

const rig = useOwnGateway()
let other: string
beforeAll(async () => {
  other = (await rig.gateway.issueKey()).key
})

interface Video {
  id: string
  status: string
  model: string
}

async function create(body: object = {}): Promise<Video> {
  const asked = { address: rig.gateway.address, key: rig.key, path: VIDEOS }
  const response = await ask({ ...asked, body: { model: 'wan2.6-t2v', prompt: 'a cat', ...body } })
  expect(response.status).toBe(200)
  return json<Video>(response)
}

function at(path: string, key = rig.key, method = 'GET'): Promise<Response> {
  return fetch(rig.gateway.address + VIDEOS + path, { method, headers: { authorization: `Bearer ${key}` } })
}

interface VideoList {
  data: Video[]
  has_more: boolean
  last_id: string
}

async function completed(id: string, key = rig.key): Promise<void> {
  await until(
    'the video is complete',
    async () => (await json<Video>(await at(`/${id}`, key))).status === 'completed',
  )
}

describe('a video', () => {
  it('A video is created, looked up and downloaded.', async () => {
    const video = await create({ seconds: '5', size: '1280x720' })
    expect(video).toMatchObject({
      object: 'video',
      status: 'queued',
      model: 'wan2.6-t2v',
      seconds: '5',
      size: '1280x720',
      error: null,
    })
    await completed(video.id)
    expect(await json(await at(`/${video.id}`))).toMatchObject({
      id: video.id,
      model: 'wan2.6-t2v',
      progress: 100,
    })
    const content = await at(`/${video.id}/content`)
    expect([content.status, content.headers.get('content-type')]).toEqual([200, 'video/mp4'])
    expect(await content.text()).toBe('a file in mp4')
  })

  it('A video may be requested in a form, with a first image.', async () => {
    const form = new FormData()
    for (const [name, value] of Object.entries({ model: 'wan2.6-i2v', prompt: 'run', seconds: '5' }))
      form.append(name, value)
    form.append('input_reference', new File([new Uint8Array([0x89, 80, 78, 71, 13, 10, 26, 10])], 'a.png'))
    const headers = { authorization: `Bearer ${rig.key}` }
    const response = await fetch(rig.gateway.address + VIDEOS, { method: 'POST', headers, body: form })
    expect(response.status).toBe(200)
    const call = (await rig.gateway.calls()).findLast(({ path }) => path.endsWith('/video-synthesis'))
    expect(JSON.parse(call?.body ?? '{}')).toMatchObject({
      input: { prompt: 'run', img_url: expect.stringMatching(/^data:image\/png;base64,/) },
      parameters: { duration: 5 },
    })
  })

  it('A video belongs to the key that requested it.', async () => {
    const { id } = await create()
    for (const [path, method] of [
      ['', 'GET'],
      ['/content', 'GET'],
      ['', 'DELETE'],
    ] as const) {
      const response = await at(`/${id}${path}`, other, method)
      expect([method, response.status]).toEqual([method, 404])
      expect(await json(response)).toMatchObject({ error: { code: 'not_found' } })
    }
  })

  it('A video is forgotten when it is deleted.', async () => {
    const { id } = await create()
    await completed(id)
    const response = await at(`/${id}`, rig.key, 'DELETE')
    expect(await json(response)).toEqual({ id, object: 'video.deleted', deleted: true })
    expect((await at(`/${id}`)).status).toBe(404)
  })

  it('The list holds the videos of its caller alone, newest first, in pages.', async () => {
    const { key } = await rig.gateway.issueKey()
    const ids: string[] = []
    for (const prompt of ['first', 'second', 'third']) {
      const asked = { address: rig.gateway.address, key, path: VIDEOS }
      ids.unshift((await json<Video>(await ask({ ...asked, body: { model: 'wan2.6-t2v', prompt } }))).id)
    }
    const page = await json<VideoList>(await at('?limit=2', key))
    expect(page).toMatchObject({ object: 'list', has_more: true, first_id: ids[0], last_id: ids[1] })
    expect(page.data[0]).toMatchObject({ object: 'video', model: 'wan2.6-t2v' })
    const rest = await json<VideoList>(await at(`?limit=2&after=${page.last_id}`, key))
    expect([rest.data.map(({ id }) => id), rest.has_more]).toEqual([[ids[2]], false])
    const mine = await json<VideoList>(await at('?limit=100', key))
    expect(mine.data.map(({ id }) => id)).toEqual(ids)
    await completed(ids[0] ?? '', key)
    expect((await at(`/${ids[0]}`, key, 'DELETE')).status).toBe(200)
    expect((await json<VideoList>(await at('', key))).data.map(({ id }) => id)).toEqual(ids.slice(1))
    expect((await at('?limit=0', key)).status).toBe(400)
    expect((await at('?order=asc', key)).status).toBe(400)
  })

  it('Other variants and unsupported options are refused.', async () => {
    const { id } = await create()
    expect((await at(`/${id}/content?variant=thumbnail`)).status).toBe(400)
    expect((await at(`/${id}?limit=1`)).status).toBe(400)
  })

  it('A video that DashScope has forgotten does not exist.', async () => {
    expect((await at('/task-1_5_auto_wan2.6-t2v')).status).toBe(404)
  })
})

import { beforeEach, describe, expect, it } from 'vitest'
import { fileUrl } from '../../src/translate/result-file.ts'
import { ask, json, until } from '../harness/caller.ts'
import { type Respond, json as respondJson } from '../harness/plain-upstream.ts'
import { useGateway } from '../harness/use-gateway.ts'
import { settledUsage } from './usage.ts'

describe('the address of a result is fetched only from DashScope’s file hosts', () => {
  it.each([
    ['https://dashscope-result-bj.oss-cn-beijing.aliyuncs.com/a.png?Expires=1', undefined],
    ['http://dashscope-result-wlcb.oss-cn-wulanchabu.aliyuncs.com/a.wav?x=1', 'https:'],
    ['https://dashscope-a717.oss-accelerate.aliyuncs.com/a.mp4', undefined],
    ['https://dashscope-result-wlcb-acdr-1.oss-cn-wulanchabu-acdr-1.aliyuncs.com/a', undefined],
    ['http://127.0.0.1:8789/emulator/results/a.png', 'http:'],
  ])('The URL %s may be fetched.', (address, protocol = 'https:') => {
    const url = fileUrl(address, ['http://127.0.0.1:8789'])
    expect(url?.href).toBe(address.replace(/^https?:/, protocol))
  })

  it.each([
    'https://evil.example/a.png',
    'https://dashscope-result-bj.oss-cn-beijing.aliyuncs.com.evil.example/a.png',
    'https://evil.example/dashscope-result-bj.oss-cn-beijing.aliyuncs.com',
    'https://evil-dashscope-result.oss-cn-beijing.aliyuncs.com/a.png',
    'https://dashscope-result.oss-cn-beijing.aliyuncs.com:8443/a.png',
    'https://dashscope-result-bj.oss-cn-beijing.aliyuncs.com@evil.example/a.png',
    'https://user:secret@dashscope-result-bj.oss-cn-beijing.aliyuncs.com/a.png',
    'https://x.dashscope-result-bj.oss-cn-beijing.aliyuncs.com/a.png',
    'https://p4-fdl.klingai.com/a.png',
    'http://127.0.0.1:8790/a.png',
    'http://127.0.0.1/a.png',
    'http://[::1]:8789/a.png',
    'http://169.254.169.254/latest/meta-data',
    'http://2130706433:8789/a.png',
    'file:///etc/passwd',
    'data:image/png;base64,AAAA',
    'ftp://dashscope-result-bj.oss-cn-beijing.aliyuncs.com/a.png',
    '//dashscope-result-bj.oss-cn-beijing.aliyuncs.com/a.png',
    'not an address',
    '',
  ])('The URL %j may not be fetched.', (address) => {
    const allowed = fileUrl(address, ['http://127.0.0.1:8789'])
    // A number is another way to write 127.0.0.1, whose configured port is trusted.
    if (allowed) expect(allowed.origin).toBe('http://127.0.0.1:8789')
    else expect(allowed).toBeUndefined()
  })
})

describe('how a result is fetched', () => {
  const rig = useGateway({}, { limits: { money_per_day: 1000 } })
  const image = () => rig.upstream.address.replace('127.0.0.1', 'localhost')

  beforeEach(() => rig.upstream.seen.splice(0))

  /** DashScope names one image, whose file is answered by `file`. */
  function serve(url: string, file: Respond): void {
    const output = { choices: [{ message: { content: [{ image: url }] } }] }
    const generation = respondJson(JSON.stringify({ output, usage: { image_count: 1 }, request_id: 'r' }))
    rig.upstream.answer((response, seen) => (seen.method === 'POST' ? generation : file)(response, seen))
  }

  function generate(): Promise<Response> {
    const body = { model: 'qwen-image-plus', prompt: 'a', response_format: 'b64_json' }
    return ask({
      address: rig.gateway.address,
      key: rig.key,
      path: '/compatible-mode/v1/images/generations',
      body,
    })
  }

  const png: Respond = (response) => {
    response.writeHead(200, { 'content-type': 'image/png' }).end('pixels')
  }

  it('The request has neither the key of DashScope nor anything from the caller.', async () => {
    serve(`${rig.upstream.address}/a.png`, png)
    const response = await generate()
    expect(response.status).toBe(200)
    expect(await json(response)).toMatchObject({
      data: [{ b64_json: Buffer.from('pixels').toString('base64') }],
    })
    const { headers = {} } = rig.upstream.seen.find(({ target }) => target === '/a.png') ?? {}
    expect(JSON.stringify(headers)).not.toMatch(/Bearer|sk-|dse_|authorization|cookie/i)
  })

  it.each<[string, () => string, Respond]>([
    ['is on another host', () => `${image()}/a.png`, png],
    [
      'is answered with a redirect',
      () => `${rig.upstream.address}/a.png`,
      (response) => {
        response.writeHead(302, { location: `${rig.upstream.address}/secret` }).end()
      },
    ],
    [
      'does not exist',
      () => `${rig.upstream.address}/a.png`,
      (response) => {
        response.writeHead(404).end('no')
      },
    ],
    [
      'is larger than the gateway holds',
      () => `${rig.upstream.address}/a.png`,
      (response) => {
        response.writeHead(200).end(Buffer.alloc(25 * 1024 * 1024))
      },
    ],
    [
      'breaks off',
      () => `${rig.upstream.address}/a.png`,
      (response) => {
        response.writeHead(200, { 'content-length': '100' }).write('half')
        setTimeout(() => response.destroy(), 50)
      },
    ],
  ])('A result is an error if it %s', async (_, url, file) => {
    serve(url(), file)
    const response = await generate()
    expect(response.status).toBe(502)
    expect(await json(response)).toMatchObject({ error: { code: 'upstream_error' } })
    expect(rig.upstream.seen.map(({ target }) => target)).not.toContain('/secret')
  })

  it('The image that was made is charged, even if its file is lost.', async () => {
    const { key, id } = await rig.gateway.issueKey()
    serve(`${image()}/a.png`, png)
    const body = { model: 'qwen-image-plus', prompt: 'a', response_format: 'b64_json' }
    const path = '/compatible-mode/v1/images/generations'
    expect((await ask({ address: rig.gateway.address, key, path, body })).status).toBe(502)
    expect(await settledUsage(rig.gateway, id, 1)).toEqual([
      expect.objectContaining({ images: 1, broken: 1 }),
    ])
  })
})

describe('a task that takes too long', () => {
  const rig = useGateway()

  it('The response is a 504 at the end of the request’s time; the task is charged once and still belongs to the key.', async () => {
    const task = JSON.stringify({ output: { task_id: 'task-1', task_status: 'PENDING' }, request_id: 'r' })
    rig.upstream.answer(respondJson(task))
    const { key, id } = await rig.gateway.issueKey({ limits: { money_per_day: 1000 } })
    const body = { model: 'wan2.2-t2i-flash', prompt: 'a', n: 3 }
    const response = await ask({
      address: rig.gateway.address,
      key,
      path: '/compatible-mode/v1/images/generations',
      body,
      headers: { 'x-edge-timeout': '1' },
    })
    expect(response.status).toBe(504)
    expect(await json(response)).toMatchObject({
      error: { code: 'request_timeout', message: expect.stringContaining('GET /api/v1/tasks/task-1') },
    })
    const submits = rig.upstream.seen.filter(({ method }) => method === 'POST')
    expect(submits).toHaveLength(1)
    const look = (key: string) =>
      fetch(`${rig.gateway.address}/api/v1/tasks/task-1`, { headers: { authorization: `Bearer ${key}` } })
    expect((await look(key)).status).toBe(200)
    expect((await look((await rig.gateway.issueKey()).key)).status).toBe(404)
    const rows = await settledUsage(rig.gateway, id, 2)
    expect(rows.find(({ endpoint }) => String(endpoint) === 'images-generations')).toMatchObject({
      requests: 1,
      images: 3,
      broken: 1,
    })
  })

  it('A task that failed is an error of DashScope’s, and costs nothing.', async () => {
    const { key, id } = await rig.gateway.issueKey({ limits: { money_per_day: 1000 } })
    const failed = {
      task_id: 'task-2',
      task_status: 'FAILED',
      code: 'InternalError.Timeout',
      message: 'too slow',
    }
    rig.upstream.answer((response, seen) => {
      const output = seen.method === 'POST' ? { task_id: 'task-2', task_status: 'PENDING' } : failed
      return respondJson(JSON.stringify({ output, request_id: 'r' }))(response, seen)
    })
    const body = { model: 'wan2.2-t2i-flash', prompt: 'a' }
    const path = '/compatible-mode/v1/images/generations'
    const response = await ask({ address: rig.gateway.address, key, path, body })
    expect(response.status).toBeGreaterThanOrEqual(500)
    expect(await json(response)).toMatchObject({
      error: { code: 'InternalError.Timeout', message: 'too slow' },
    })
    await until('the charge is corrected', async () => {
      const [row] = await settledUsage(rig.gateway, id, 1)
      return row?.images === 0 && row.money === 0 && row.refused === 1
    })
  })
})

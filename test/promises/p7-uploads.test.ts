import { beforeAll, describe, expect, it } from 'vitest'
import { ask, CHAT } from '../harness/caller.ts'
import { useEmulatedGateway } from '../harness/use-gateway.ts'

const rig = useEmulatedGateway()
let other: string
let directory: string
beforeAll(async () => {
  other = (await rig.gateway.issueKey()).key
  const response = await fetch(`${rig.gateway.address}/api/v1/uploads?action=getPolicy&model=qwen-vl-plus`, {
    headers: { authorization: `Bearer ${rig.key}` },
  })
  directory = ((await response.json()) as { data: { upload_dir: string } }).data.upload_dir
})

function look(key: string, url: string): Promise<Response> {
  const content = [{ type: 'image_url', image_url: { url } }]
  const body = { model: 'qwen-vl-plus', messages: [{ role: 'user', content }] }
  const headers = { 'x-dashscope-ossresourceresolve': 'enable', 'cache-control': 'no-store' }
  return ask({ address: rig.gateway.address, key, path: CHAT, body, headers })
}

describe('P7: a temporary upload', () => {
  it('The key that got the policy for the directory may use the upload.', async () => {
    expect((await look(rig.key, `oss://${directory}/cat.png`)).status).not.toBe(404)
  })

  it('The upload does not exist for another key, whatever the case of its scheme.', async () => {
    for (const url of [`oss://${directory}/cat.png`, `OSS://${directory}/cat.png`]) {
      expect((await look(other, url)).status).toBe(404)
    }
  })

  it('The upload does not exist outside of the directory.', async () => {
    const outside = ['-2/cat.png', '/../x/cat.png', '/%2e%2E/x/cat.png', '/..%2Fx/cat.png']
    for (const url of [...outside.map((end) => `oss://${directory}${end}`), 'oss://cat.png']) {
      expect((await look(rig.key, url)).status).toBe(404)
    }
  })
})

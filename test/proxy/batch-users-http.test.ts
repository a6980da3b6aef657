import { describe, expect, it } from 'vitest'
import { json, until } from '../harness/caller.ts'
import { ADMIN_TOKEN } from '../harness/gateway.ts'
import { usageReport } from '../meter/over-http/rig.ts'
import { BATCHES, useBatches } from './batch-rig.ts'
import { form, line, part, uploadForm } from './upload-rig.ts'

const { rig, upload, create, created, batchOf, ended, usageOf } = useBatches()

const LIMITED = { user_from: 'body', user_limits: { tokens_per_day: 3000 } } as const

async function tokensOf(key: string, user: string): Promise<number | undefined> {
  const { rows } = await usageReport(rig.gateway, `key=${key}&group_by=user`)
  return rows.find((row) => row.user === user)?.output_tokens
}

describe('a batch of a key whose bodies name the end user', () => {
  it('The limits of the user hold for a batch whose lines name it, and are corrected when it has ended.', async () => {
    const ida = await rig.gateway.issueKey({ name: 'ida', ...LIMITED })
    const lines = (user: string) =>
      line('1', { user, max_tokens: 1000 }) + line('2', { user, max_tokens: 1000 })
    const file = await upload(ida.key, lines('ann'))
    const { id } = await created(ida.key, file, { metadata: { ds_name: 'pending-60000' } })
    await until('the estimate is that of the user', async () => (await tokensOf(ida.id, 'body:ann')) === 2000)
    const second = await create(ida.key, file)
    expect([second.status, await second.text()]).toEqual([429, expect.stringContaining('tokens_per_day')])
    expect((await create(ida.key, await upload(ida.key, lines('bob')))).status).toBe(200)
    await rig.askAs(ida.key, 'POST', `${BATCHES}/${id}/cancel`)
    await batchOf(ida.key, id)
    await until('what was not used is free again', async () => (await create(ida.key, file)).status === 200)
  })

  it('A batch, its output and its bill are there for the key, and the usage is that of the user.', async () => {
    const jan = await rig.gateway.issueKey({ name: 'jan', ...LIMITED })
    const file = await upload(jan.key, line('1', { user: 'ann', max_tokens: 1000 }))
    const { id } = await created(jan.key, file, { metadata: { user_id: 'carl' } })
    const { output_file_id: output } = await ended(jan.key, id)
    const text = await (await rig.askAs(jan.key, 'GET', `/compatible-mode/v1/files/${output}/content`)).text()
    const tokens = JSON.parse(text).response.body.usage.completion_tokens
    await until('the usage is settled', async () => (await tokensOf(jan.id, 'body:ann')) === tokens)
    expect((await usageOf(jan.id))?.output_tokens).toBe(tokens)
  })

  it.each([
    ['another user', line('2', { user: 'bob' })],
    ['no user', line('2')],
  ])('If users have limits, a file whose second line names %s is refused.', async (_, second) => {
    const kim = await rig.gateway.issueKey({ name: 'kim', ...LIMITED })
    const file = part('file', line('1', { user: 'ann' }) + second, 'requests.jsonl')
    const { status, text } = await uploadForm(rig, kim.key, form(part('purpose', 'batch'), file))
    expect(status).toBe(403)
    expect(JSON.parse(text).error).toMatchObject({
      message: expect.stringMatching(/^Line 2 \(custom_id "2"\): user: .*one end user/),
    })
  })

  it('Without limits of users the lines may name several, and the batch counts for none of them.', async () => {
    const leo = await rig.gateway.issueKey({ name: 'leo', user_from: 'body' })
    const file = await upload(leo.key, line('1', { user: 'ann' }) + line('2', { user: 'bob' }))
    const { id } = await created(leo.key, file)
    await ended(leo.key, id)
    await until('the usage is settled', async () => ((await tokensOf(leo.id, '')) ?? 0) > 0)
    expect(await tokensOf(leo.id, 'body:ann')).toBeUndefined()
  })

  it.each([
    ['users get limits', { user_from: 'body' }, { user_limits: { tokens_per_day: 3000 } }],
    ['bodies name the user', { user_limits: { tokens_per_day: 3000 } }, { user_from: 'body' }],
  ])('A file that was uploaded before %s has to be uploaded again.', async (_, before, after) => {
    const mia = await rig.gateway.issueKey({ name: 'mia', ...before })
    const file = await upload(mia.key, line('1', { user: 'ann' }) + line('2', { user: 'bob' }))
    expect((await rig.askAs(ADMIN_TOKEN, 'PATCH', `/edge/keys/${mia.id}`, after)).status).toBe(200)
    const response = await create(mia.key, file)
    expect([response.status, (await json<{ error: { message: string } }>(response)).error.message]).toEqual([
      403,
      expect.stringContaining('Upload it again'),
    ])
  })
})

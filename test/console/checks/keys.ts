import assert from 'node:assert/strict'
import { POLICY_FIELDS, type PolicyField, valueAt } from '../../../console/src/pages/keys/policy-fields.ts'
import { openApiDocument } from '../../../scripts/openapi/document.ts'
import type { Check } from '../check.ts'
import { withPage } from '../playground.ts'

/** A value that the gateway takes for each field; numbers are 7. */
const VALUES: Readonly<Record<string, string>> = {
  name: 'with every field',
  expires_at: '2030-01-31T00:00:00Z',
  models: 'qwen-*',
  endpoints: 'chat-completions',
  aliases: '{"gpt-4o": "qwen-plus"}',
  fallbacks: '{"qwen-max": ["qwen-plus"]}',
  'caps.upload_types': 'image/*',
  'cache.scope': 'team',
  'cache.ttl_seconds': '70',
  mint: '{"turnstile": {"hostnames": ["app.example"]}}',
  origins: 'https://app.example',
  ip_ranges: '192.0.2.0/24',
  regions: 'beijing',
  workspaces: 'llm-*',
  knowledge: 'kb-*',
  jobs: '{"open": 100}',
  alerts: '{"percent": [50, 80]}',
}

/** What forbids the others, or the test itself. */
const LEFT_OUT = ['disabled', 'metered']

const SHOWN = POLICY_FIELDS.filter(({ path }) => !LEFT_OUT.includes(path))

/** The form of a key. */
export const keyChecks: readonly Check[] = [
  [
    '8 the form has every field that the API takes',
    async () => {
      const { paths } = openApiDocument() as { paths: Record<string, Record<string, never>> }
      const schema = Reflect.get(paths['/edge/keys']?.post ?? {}, 'requestBody').content['application/json']
        .schema
      const names = Object.entries(schema.properties as Record<string, { properties?: object }>).flatMap(
        ([name, { properties }]) =>
          properties && name !== 'mint' && name !== 'alerts' && name !== 'jobs'
            ? Object.keys(properties).map((inner) => `${name}.${inner}`)
            : [name],
      )
      assert.deepEqual(POLICY_FIELDS.map(({ path }) => path).toSorted(), names.toSorted())
    },
  ],
  [
    '8 a key is created with every field, and each one is taken out again by null',
    async (stage) => {
      await withPage(await stage.open(`#/keys?session=${await stage.session()}`), async (page) => {
        await page.getByRole('button', { name: 'Create key' }).click()
        const dialog = page.getByRole('dialog')
        await dialog.locator('details').evaluateAll((all) => {
          for (const each of all) (each as HTMLDetailsElement).open = true
        })
        for (const field of SHOWN) await fill(field, true)
        await dialog.getByRole('button', { name: 'Create', exact: true }).click()
        const refused = dialog.locator('.problem, .failure').first()
        await page.locator('code.secret').or(refused).first().waitFor()
        if (await refused.isVisible()) assert.fail(await refused.innerText())
        await page.getByRole('button', { name: 'I have saved it' }).click()
        const record = await readRecord()
        for (const { path } of SHOWN) assert.notEqual(valueAt(record, path), undefined, path)

        await page
          .locator('tr', { hasText: 'with every field' })
          .getByRole('button', { name: 'Change' })
          .click()
        await dialog.locator('details').evaluateAll((all) => {
          for (const each of all) (each as HTMLDetailsElement).open = true
        })
        const optional = SHOWN.filter(({ path }) => path !== 'name')
        for (const field of optional) await fill(field, false)
        await dialog.getByRole('button', { name: 'Save' }).click()
        await dialog.waitFor({ state: 'detached' })
        const after = await readRecord()
        assert.deepEqual(
          optional.map(({ path }) => [path, valueAt(after, path)]),
          optional.map(({ path }) => [path, undefined]),
        )

        async function fill({ path, kind, choices }: PolicyField, isSet: boolean): Promise<void> {
          if (kind === 'switch' || kind === 'choice') {
            const label = isSet ? (choices?.[0] ?? 'true') : 'Not set'
            const shown = label === 'true' ? 'yes' : label === 'false' ? 'no' : label
            await dialog
              .getByRole('group', { name: path, exact: true })
              .getByRole('radio', { name: shown, exact: true })
              .check()
          } else {
            await dialog.getByLabel(path, { exact: true }).fill(isSet ? (VALUES[path] ?? '7') : '')
          }
        }
        async function readRecord(): Promise<Record<string, unknown>> {
          const headers = { authorization: `Bearer ${stage.adminToken}` }
          const { keys } = (await (await fetch(`${stage.address}/edge/keys`, { headers })).json()) as {
            keys: { name: string }[]
          }
          const found = keys.find(({ name }) => name === 'with every field')
          assert.ok(found, 'The key is not in the list.')
          return found
        }
      })
    },
  ],
]

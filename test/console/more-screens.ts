import type { Page } from 'playwright-core'
import { EXAMPLE_TOOLS } from '../../console/src/play/setup.ts'
import { send } from './playground.ts'
import { fakeRows } from './request-rows.ts'
import type { Screen } from './screens.ts'
import type { ConsolePage, Stage, View } from './stage.ts'
import { yearOfUsage } from './usage-rows.ts'

type Step = (page: Page) => Promise<unknown>

/** A screen whose data are given: what the gateway answers at an address, and what is clicked. */
function given(
  name: string,
  who: 'client' | 'operator' | 'visitor',
  hash: string,
  responses: Readonly<Record<string, { status?: number; json: unknown }>>,
  then: Step,
): Screen {
  const open = async (stage: Stage, view: View): Promise<ConsolePage> => {
    const opened = await stage.open('#/api', view)
    const { page } = opened
    for (const [pattern, response] of Object.entries(responses)) {
      await page.route(pattern, (route) => route.fulfill(response))
    }
    const credential =
      who === 'client'
        ? `key=${(await stage.issueKey({ name: 'web' })).key}`
        : `session=${await stage.session()}`
    await page.goto(`${stage.address}/console/#/${hash}${who === 'visitor' ? '' : `?${credential}`}`)
    await then(page)
    return opened
  }
  return { name, open }
}

const ID = 'key_0123456789abcdef'
const REFUSED = { status: 503, json: { code: 'ModelUnavailable', message: 'The meters do not answer.' } }

const latencyRows = () =>
  yearOfUsage().rows.map(({ day, model, requests }) => ({
    day,
    model,
    requests,
    first_ms: { p50: 400 + requests, p90: 1300 + requests, p99: 4000 + requests },
    total_ms: { p50: 900 + requests, p90: 2300 + requests, p99: 9000 + requests },
  }))

const OVERVIEW = {
  '**/edge/usage?*': { json: yearOfUsage() },
  '**/edge/latency?*': { json: { rows: latencyRows().slice(0, 240) } },
  '**/edge/latency?*group_by=model*': {
    json: { rows: latencyRows().slice(0, 8), total: latencyRows()[0] },
  },
  '**/edge/errors?*': {
    json: {
      rows: [{ code: 'Throttling.RateQuota', reason: 'rateLimited', status: 429, requests: 12_345 }],
    },
  },
}

const HOOK = { id: 'hook_0123456789abcdef', name: 'bot of the team', kind: 'github', key: ID }
const PRESET = { id: 'preset_0123456789abcdef', name: 'summary', model: 'qwen-plus' }
const JOB = {
  id: 'job_0123456789abcdef',
  kind: 'call',
  status: 'failed',
  model: 'qwen-plus',
  created_at: '2026-11-28T12:00:00Z',
  webhook: { status: 'delivered', tries: 2 },
}
const DELIVERY = {
  id: 'del_0123456789abcdef',
  job: JOB.id,
  event: 'job.failed',
  url: 'https://receiver.example/hooks',
  status: 'dead',
  tries: [{ at: '2026-11-28T12:00:05Z' }, { at: '2026-11-28T12:05:05Z' }],
}

const [ROW] = fakeRows(1)
const KEPT_BODY = {
  model: 'qwen-vl-plus',
  stop: ['Moon'],
  parallel_tool_calls: true,
  tools: JSON.parse(EXAMPLE_TOOLS),
  messages: [
    {
      role: 'user',
      content: [
        { type: 'image_url', image_url: { url: 'https://pictures.example/lake.png' } },
        { type: 'text', text: '12*7' },
      ],
    },
    {
      role: 'assistant',
      content: '',
      tool_calls: [
        {
          id: 'call_1',
          type: 'function',
          function: { name: 'get_weather', arguments: '{"city":"Hangzhou"}' },
        },
      ],
    },
    { role: 'tool', tool_call_id: 'call_1', content: '23 °C' },
  ],
}
const KEPT_ROW = { ...ROW, endpoint: 'chat-completions', stream: false, has_body: true }
const KEPT = {
  '**/edge/requests?*': { json: { rows: [KEPT_ROW], next: null } },
  '**/edge/requests/*': {
    json: {
      ...KEPT_ROW,
      body: { text: JSON.stringify(KEPT_BODY) },
      answer: { text: JSON.stringify({ choices: [{ message: { role: 'assistant', content: '23 °C' } }] }) },
    },
  },
}

const chooseKind = (at: number) => async (page: Page) => {
  await page.locator('.kinds input').nth(at).check()
  await page.locator('.make .primary').waitFor()
}
const openDialog = (button: string) => async (page: Page) => {
  await page.locator('tbody tr').first().waitFor()
  await page.locator(button).first().click()
  await page.getByRole('dialog').waitFor()
}
const shows = (selector: string) => (page: Page) => page.locator(selector).first().waitFor()

/** Screens with much in them, with errors, and with their dialogs open. */
export const MORE_SCREENS: readonly Screen[] = [
  given('play-video', 'client', 'play', {}, chooseKind(2)),
  given('play-speech', 'client', 'play', {}, async (page) => {
    await chooseKind(3)(page)
    await page.locator('.make .primary').click()
    await page.locator('audio').waitFor()
  }),
  given('play-transcript', 'client', 'play', {}, chooseKind(4)),
  given('play-choices', 'client', 'play', {}, async (page) => {
    await page.locator('.parameters').evaluate((details) => details.setAttribute('open', ''))
    await page.locator('.numbers input').last().fill('3')
    await page.locator('.parameters fieldset').first().locator('input').nth(1).check()
    await send(page, '12*7')
    await page.locator('.figures').waitFor()
  }),
  given('play-reopened', 'client', 'requests', KEPT, async (page) => {
    await page.locator('.virtual-row a').first().click()
    await page.locator('dialog a.button').click()
    await page.locator('.turn .image-not-loaded').waitFor()
  }),
  given('overview-full', 'operator', 'overview', OVERVIEW, shows('path.line')),
  given('overview-top', 'operator', 'overview', OVERVIEW, async (page) => {
    const top = page.locator('section', { has: page.locator('[role=radiogroup], .segments') }).last()
    await top.locator('input').last().check()
    await top.locator('tbody tr').first().waitFor()
    await top.scrollIntoViewIfNeeded()
  }),
  given('overview-error', 'operator', 'overview', { '**/edge/usage?*': REFUSED }, shows('.failure')),
  given('keys-empty', 'operator', 'keys', { '**/edge/keys': { json: { keys: [] } } }, shows('main .muted')),
  given('keys-error', 'operator', 'keys', { '**/edge/keys': REFUSED }, shows('.failure')),
  given('key-revoke', 'operator', 'keys', {}, openDialog('tbody .actions button:nth-child(4)')),
  given('key-purge', 'operator', 'keys', {}, openDialog('tbody .actions button:nth-child(2)')),
  given('key-mint', 'operator', 'keys', {}, openDialog('tbody .actions button:nth-child(3)')),
  given(
    'requests-empty',
    'client',
    'requests',
    { '**/edge/requests?*': { json: { rows: [], next: null } } },
    shows('main .muted'),
  ),
  given('requests-error', 'client', 'requests', { '**/edge/requests?*': REFUSED }, shows('.failure')),
  given(
    'request-detail',
    'client',
    'requests',
    { '**/edge/requests?*': { json: { rows: fakeRows(20), next: null } } },
    async (page) => {
      await page.locator('.virtual-row a').first().click()
      await page.locator('.waterfall').waitFor()
    },
  ),
  given('jobs-full', 'client', 'jobs', { '**/edge/jobs': { json: { data: [JOB] } } }, shows('tbody tr')),
  given(
    'deliveries',
    'client',
    'jobs',
    { '**/edge/jobs/deliveries': { json: { data: [DELIVERY] } } },
    async (page) => {
      await page.locator('main .segments input').last().check()
      await page.locator('tbody tr').first().waitFor()
    },
  ),
  given(
    'hook-form',
    'client',
    'hooks',
    { '**/edge/hooks': { json: { data: [HOOK] } } },
    openDialog('main .primary'),
  ),
  given(
    'hook-test',
    'client',
    'hooks',
    { '**/edge/hooks': { json: { data: [HOOK] } } },
    openDialog('tbody .actions button:nth-child(2)'),
  ),
  given('presets', 'client', 'hooks', { '**/edge/presets': { json: { data: [PRESET] } } }, async (page) => {
    await page.locator('main .segments input').last().check()
    await openDialog('tbody .actions button:first-child')(page)
  }),
  given('api-open', 'visitor', 'api', {}, async (page) => {
    await page.locator('.operation summary').nth(3).click()
    await page.locator('.operation[open] pre').first().waitFor()
  }),
  given(
    'doctor-broken',
    'operator',
    'doctor',
    {
      '**/edge/health?deep=1': {
        json: {
          status: 'broken',
          checked_at: '2026-11-28T12:00:00Z',
          findings: [
            { check: 'dashscope', ok: false, says: 'Beijing refuses the key.', fix: 'Make a new one.' },
            { check: 'registry', ok: true, says: 'It is slow.', fix: 'Look at it.' },
          ],
        },
      },
    },
    shows('.finding.warning'),
  ),
  given('not-found', 'visitor', 'none', {}, shows('main h1')),
]

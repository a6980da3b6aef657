import assert from 'node:assert/strict'
import { until } from '../../harness/caller.ts'
import type { Check } from '../check.ts'
import { HOSTILE } from '../hostile.ts'
import { assertInert, streamBack } from '../inert.ts'
import { overflowing } from '../overflow.ts'
import { LONG_QUESTION, lastReply, send, setModel, withPage, withPlayground } from '../playground.ts'

const IMAGE = HOSTILE[1] ?? ''
const BIDI = '\u202egnp.exe\u202c\u2066https://bank.example\u2069'
const ZALGO = `Z${'\u0301\u0316\u0489'.repeat(400)}algo`

/** Texts that are too deep, too long, too wide or written in both directions. */
const BOMBS: Readonly<Record<string, string>> = {
  'nested quotes': `${'> '.repeat(5000)}deep`,
  'nested lists': Array.from({ length: 500 }, (_, depth) => `${'  '.repeat(depth)}- ${depth}`).join('\n'),
  emphasis: '**_'.repeat(5000),
  brackets: '['.repeat(20_000),
  'open link': `[x](${'a'.repeat(50_000)}`,
  'wide table': `|${' a |'.repeat(500)}\n|${' - |'.repeat(500)}\n|${' b |'.repeat(500)}`,
  'long word': 'x'.repeat(100_000),
  'huge code': `\`\`\`html\n${'<script>window.hacked=1</script>\n'.repeat(3000)}\`\`\``,
  bidi: `[${BIDI}](https://evil.example/${BIDI}) ${BIDI}`,
  zalgo: ZALGO.repeat(50),
  'null and odd': 'a\0b\ud800c\u2028d\ufeffe',
}

/** What an attacker may try who controls a model, a name, a link or the network. */
export const attackChecks: readonly Check[] = [
  [
    '15 bombs of Markdown, bidi and zalgo leave the page inert, usable and as wide as it was',
    (stage) =>
      withPlayground(stage, async (page) => {
        page.setDefaultTimeout(30_000)
        for (const [name, text] of Object.entries(BOMBS)) {
          await streamBack(page, text, 997)
          await send(page, 'go')
          await lastReply(page)
          await assertInert(page)
          const { wide, depth } = await page.evaluate(() => {
            let depth = 0
            for (const node of document.querySelectorAll('.markdown *')) {
              let above = 0
              for (let up: Element | null = node; up; up = up.parentElement) above++
              depth = Math.max(depth, above)
            }
            const { scrollWidth, clientWidth } = document.documentElement
            return { wide: scrollWidth - clientWidth, depth }
          })
          assert.ok(wide <= 1, `${name} makes the page ${wide} px too wide`)
          assert.ok(depth < 100, `${name} is ${depth} elements deep`)
          await page.getByRole('button', { name: 'New conversation' }).click()
        }
      }),
  ],
  [
    '15 a link that is written backwards shows its true host in its own direction',
    (stage) =>
      withPlayground(stage, async (page) => {
        await streamBack(page, `[${BIDI}](https://evil.example/) next`, 5)
        await send(page, 'go')
        await lastReply(page)
        const link = page.locator('.markdown a').first()
        assert.equal(await link.getAttribute('data-host'), 'evil.example')
        assert.equal(await link.evaluate((node) => getComputedStyle(node).unicodeBidi), 'isolate')
        const after = await link.evaluate((node) => {
          const { unicodeBidi, direction } = getComputedStyle(node, '::after')
          return `${unicodeBidi} ${direction}`
        })
        assert.equal(after, 'isolate ltr')
      }),
  ],
  [
    '15 hostile names, codes and addresses are text on every page of the operator',
    async (stage) => {
      const row = { requests: 5, input_tokens: 1, output_tokens: 1, money: 1 }
      const name = `${IMAGE}${BIDI}${ZALGO}`
      const today = new Date().toISOString().slice(0, 10)
      const usage = { from: today, to: today, currency: 'CNY', group_by: [], total: row }
      const responses: Readonly<Record<string, object>> = {
        '**/edge/usage?*': {
          ...usage,
          rows: [{ ...row, day: today, model: name, key: name, user: name, name }],
        },
        '**/edge/errors?*': { rows: [{ code: name, reason: name, status: 429, requests: 1 }] },
        '**/edge/latency?*': { rows: [{ model: name, requests: 1 }] },
        '**/edge/jobs?*': { data: [{ id: name, kind: name, status: name, model: name, created_at: name }] },
        '**/edge/hooks?*': { data: [{ id: name, name, kind: name }] },
        '**/edge/health?deep=1': {
          status: name,
          checked_at: name,
          findings: [{ check: name, ok: false, says: name, fix: name }],
        },
      }
      const { id } = await stage.issueKey({ name: IMAGE })
      const opened = await stage.open('#/api')
      for (const [pattern, json] of Object.entries(responses)) {
        await opened.page.route(pattern, (route) => route.fulfill({ json }))
      }
      await withPage(opened, async (page) => {
        const session = await stage.session('read')
        await page.goto(`${stage.address}/console/#/overview?session=${session}`)
        for (const hash of [
          'overview',
          'overview?by=key',
          'keys',
          `jobs?key=${id}`,
          `hooks?key=${id}`,
          'doctor',
        ]) {
          await page.evaluate((next) => {
            location.hash = next
          }, `#/${hash}`)
          await page.locator('main', { hasText: '<img' }).waitFor()
          await assertInert(page)
          assert.equal(await overflowing(page), '', hash)
        }
      })
    },
  ],
  [
    'a gateway that goes down in the middle of an answer leaves what came, and says that it is incomplete',
    async (stage) => {
      const other = await stage.another({ hasUpstream: true })
      const { key } = await other.issueKey()
      const opened = await stage.openAt(other.address, `#/play?key=${key}`)
      const { page } = opened
      await setModel(page, 'fault-trickle-200')
      await send(page, LONG_QUESTION)
      const text = () => page.locator('.from-model .markdown').innerText()
      await until('some text', async () => (await text()) !== '')
      await other.stop()
      await page.getByText('The answer broke off and is incomplete.').waitFor()
      assert.notEqual(await text(), '')
      await page.locator('.actions').getByRole('button', { name: 'Retry' }).click()
      await page.locator('.failure', { hasText: 'cannot be reached' }).waitFor()
      await opened.close()
    },
  ],
  [
    'two tabs know nothing of each other, and signing out of one leaves the other',
    async (stage) => {
      const { key } = await stage.issueKey()
      await withPage(await stage.open(`#/usage?key=${key}`), async (page) => {
        const second = await page.context().newPage()
        await second.goto(`${stage.address}/console/#/usage`)
        await second.locator('form.door').waitFor()
        await page.getByRole('button', { name: 'Sign out' }).click()
        await page.locator('form.door').waitFor()
      })
    },
  ],
  [
    'back and forward go through the pages, and never back to a key in the address',
    async (stage) => {
      const { key } = await stage.issueKey()
      await withPage(await stage.open(`#/play?key=${key}`), async (page) => {
        await page.getByRole('link', { name: 'My usage' }).click()
        await page.getByRole('heading', { name: 'My usage' }).waitFor()
        await page.getByRole('link', { name: 'API' }).click()
        await page.getByRole('heading', { name: 'API', exact: true }).waitFor()
        await page.goBack()
        await page.getByRole('heading', { name: 'My usage' }).waitFor()
        await page.goBack()
        await page.getByLabel('Message', { exact: true }).waitFor()
        assert.equal(page.url(), `${stage.address}/console/#/play`)
        await page.goForward()
        await page.getByRole('heading', { name: 'My usage' }).waitFor()
      })
    },
  ],
  [
    'a session that is stolen opens nothing for pages of another origin, nor a form that is sent from one',
    async (stage) => {
      const session = await stage.session('all')
      for (const origin of ['https://evil.example', 'null']) {
        const headers = { authorization: `Bearer ${session}`, origin, 'content-type': 'text/plain' }
        for (const path of ['/edge/keys', '/edge/session', '/edge/cache']) {
          const method = path === '/edge/cache' ? 'DELETE' : 'POST'
          const response = await fetch(stage.address + path, {
            method,
            headers,
            ...(method === 'POST' && { body: '{}' }),
          })
          assert.ok([401, 403].includes(response.status), `${origin} ${path}: ${response.status}`)
        }
      }
      const response = await fetch(`${stage.address}/edge/session`, {
        method: 'POST',
        headers: { authorization: `Bearer ${session}`, origin: stage.address },
        body: '{}',
      })
      assert.ok([401, 403].includes(response.status), 'A session makes a session.')
      assert.equal(response.headers.get('set-cookie'), null)
    },
  ],
]

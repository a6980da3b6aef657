import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { listen } from '../../browser/listen.ts'
import { until } from '../../harness/caller.ts'
import type { Check } from '../check.ts'
import { HOSTILE } from '../hostile.ts'
import { assertInert, streamBack } from '../inert.ts'
import { lastReply, send, withPage, withPlayground } from '../playground.ts'
import { fakeRows, serveRows } from '../request-rows.ts'

/** What the page must never do, whatever is in it. Every other check also watches for violations and foreign requests. */
export const safetyChecks: readonly Check[] = [
  [
    '15 hostile output is inert, also cut at every byte: nothing runs, nothing loads, links show their host',
    (stage) =>
      withPlayground(stage, async (page) => {
        for (const size of [1, 7, 10_000]) {
          await streamBack(page, HOSTILE.join('\n\n'), size)
          await send(page, 'go')
          await lastReply(page)
          await assertInert(page)
        }
        const phish = page.locator('.markdown a[data-host="evil.example"]').first()
        assert.match((await phish.getAttribute('rel')) ?? '', /noopener.*noreferrer/)
        assert.ok((await page.getByText('Image not loaded: evil.example').count()) > 0)
      }),
  ],
  [
    '15 hostile names of models, users and keys, hostile errors, arguments and file names are text',
    async (stage) => {
      const [, image = ''] = HOSTILE
      await withPlayground(stage, async (page) => {
        await page.getByLabel('Model', { exact: true }).fill(image)
        await send(page, image)
        await page.locator('.failure').first().waitFor()
        await assertInert(page)
        await page.route('**/chat/completions', (route) =>
          route.fulfill({ status: 400, json: { error: { message: image, code: image } } }),
        )
        await send(page, 'again')
        await page.locator('.failure', { hasText: '<img' }).last().waitFor()
        const file = {
          name: '<img src=x onerror=hacked=1>.md',
          mimeType: 'text/markdown',
          buffer: Buffer.from('x'),
        }
        await page.locator('input[type=file][aria-label=File]').setInputFiles(file)
        await page.locator('.chips', { hasText: '<img' }).waitFor()
        await assertInert(page)
      })
      await stage.issueKey({ name: image })
      const opened = await stage.open('#/doctor')
      await serveRows(
        opened.page,
        fakeRows(3).map((row) => ({ ...row, model: image, user: image, code: image })),
      )
      await withPage(opened, async (page) => {
        const session = await stage.session('read')
        await page.goto(`${stage.address}/console/#/keys?session=${session}`)
        await page.locator('tr', { hasText: '<img' }).waitFor()
        await page.getByRole('link', { name: 'Requests' }).first().click()
        await page.locator('.virtual-row', { hasText: '<img' }).first().waitFor()
        await assertInert(page)
      })
    },
  ],
  [
    '13 a violation of the policy is seen in every flow, and 14 so is a request to another origin',
    async (stage) => {
      const opened = await stage.open('#/api')
      await opened.page.evaluate(() => {
        const image = new Image()
        image.src = 'https://evil.example/collect'
        document.body.appendChild(image)
        const style = document.createElement('style')
        style.textContent = 'body { color: red }'
        document.head.appendChild(style)
      })
      await opened.page.evaluate(() => fetch('https://evil.example/').catch(() => undefined))
      await until('the faults', () => opened.faults.length >= 3)
      const all = opened.faults.join('\n')
      for (const directive of ['img-src', 'style-src', 'connect-src']) assert.ok(all.includes(directive), all)
      await opened.close()
    },
  ],
  [
    '16 no page can frame the console',
    async (stage) => {
      const response = await fetch(`${stage.address}/console/`)
      assert.match(response.headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/)
      const site = await listen(
        createServer((_, response) => {
          response.setHeader('content-type', 'text/html')
          response.end(`<iframe src="${stage.address}/console/"></iframe>`)
        }),
      )
      // 127.0.0.1 as well, so that only the policy keeps the frame empty.
      const { page, close } = await stage.openPage(`http://127.0.0.1:${site.port}/`)
      await until('the frame', () => page.frames().length === 2)
      await until('its refusal', () => page.frames().at(-1)?.url().startsWith('chrome-error:') ?? false)
      await close()
      await site.stop()
    },
  ],
  [
    '17 no key is in the storage, in the document or in an address',
    async (stage) => {
      const { key } = await stage.issueKey()
      await withPage(await stage.open(`#/play?key=${key}`), async (page) => {
        await send(page, '1+1')
        await lastReply(page)
        await page.getByRole('button', { name: 'Show as code' }).click()
        const seen = await page.evaluate(() =>
          JSON.stringify([
            { ...localStorage },
            { ...sessionStorage },
            document.documentElement.outerHTML,
            location.href,
          ]),
        )
        assert.ok(!seen.includes(key))
        assert.match(await page.getByRole('dialog').innerText(), /DASHSCOPE_EDGE_KEY/)
      })
    },
  ],
  [
    '30 with only this machine in reach, everything works except DashScope, which is named as unreachable',
    async (stage) => {
      const cut = await stage.another({ hasUpstream: false })
      const { key } = await cut.issueKey({ hooks: true })
      await withPage(await stage.openAt(cut.address, `#/play?key=${key}`), async (page) => {
        await send(page, '12*7')
        await page.locator('.failure', { hasText: '502' }).waitFor()
        for (const name of ['My usage', 'Requests', 'Jobs', 'Hooks', 'API']) {
          await page.getByRole('link', { name, exact: true }).click()
          await page.getByRole('heading', { name, exact: true, level: 1 }).waitFor()
          await until('the data', async () => (await page.locator('[aria-busy=true]').count()) === 0)
          assert.equal(await page.locator('.failure').count(), 0, name)
        }
        await page.goto(`${cut.address}/console/#/overview?session=${await cut.session()}`)
        for (const name of ['Overview', 'Keys', 'Doctor']) {
          await page.getByRole('link', { name, exact: true }).click()
          await page.getByRole('heading', { name, exact: true, level: 1 }).waitFor()
          await until('the data', async () => (await page.locator('[aria-busy=true]').count()) === 0)
          assert.equal(await page.locator('.failure').count(), 0, name)
        }
        await page.locator('.finding.error').first().waitFor()
      })
      await cut.stop()
    },
  ],
  [
    '30 with the network gone, data stay and the page says that it is offline',
    async (stage) => {
      await withPage(await stage.open(`#/keys?session=${await stage.session('read')}`), async (page) => {
        await page.locator('table').waitFor()
        await page.context().setOffline(true)
        await page
          .getByRole('link', { name: 'Requests' })
          .last()
          .click()
          .catch(() => undefined)
        await page
          .getByText(/cannot be reached|new version/)
          .first()
          .waitFor()
        await page.context().setOffline(false)
      }).catch((error: unknown) => {
        // Chromium reports each request that the cut network failed as an error of the console.
        if (!/ERR_INTERNET_DISCONNECTED|net::ERR/.test(String(error))) throw error
      })
    },
  ],
  [
    '31 an old tab says after a deployment that a new version is there',
    async (stage) => {
      const { key } = await stage.issueKey()
      await withPage(await stage.open(`#/play?key=${key}`), async (page) => {
        await page.route('**/console/a/later-*.js', (route) => route.fulfill({ status: 404, body: '' }))
        await page.getByRole('link', { name: 'My usage' }).click()
        await page.getByText('A new version of the console is available.').waitFor()
      })
    },
  ],
]

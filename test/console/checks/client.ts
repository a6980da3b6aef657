import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { build } from 'esbuild'
import { WIDGET } from '../../../scripts/start/turnstile.ts'
import { listen } from '../../browser/listen.ts'
import { until } from '../../harness/caller.ts'
import type { Check } from '../check.ts'
import { withPage } from '../playground.ts'
import type { ForeignPage, Stage } from '../stage.ts'

/** Pages of other origins: the demo page of `npm start`, and what docs/console.md shows of `client.js`. */
export const clientChecks: readonly Check[] = [
  [
    'the demo page of npm start answers without a key and without a network, by a stand-in for Turnstile',
    async (stage) => {
      const { page, close } = await stage.openPage('about:blank')
      const asked: string[] = []
      page.on('request', (request) => asked.push(new URL(request.url()).hostname))
      await page.goto(stage.demoPage)
      await page.locator('#question').fill('12*7')
      await page.getByRole('button', { name: 'Ask' }).click()
      await until('the answer', async () => /84/.test(await page.locator('#answer').innerText()))
      await page.getByText('Done.').waitFor()
      await page.locator('#model').fill('qwen-max')
      await page.getByRole('button', { name: 'Ask' }).click()
      await page.getByText(/^403: .*qwen-max/).waitFor()
      assert.deepEqual(new Set(asked), new Set(['localhost', '127.0.0.1']))
      await close()
    },
  ],
  [
    'the ten-line page of the docs shows an answer',
    async (stage) => {
      const example = await exampleIn('html')
      const text = (await adapted(stage, example)).replace(
        '<script type="module">',
        `<div id="widget"></div><script src="turnstile.js"></script><script type="module">`,
      )
      const { page, close } = await openSite(stage, text.replace("'Hi'", "'12*7'"))
      await until('the answer', async () => /84/.test(await page.locator('body').innerText()))
      await close()
    },
  ],
  [
    'the React hook of the docs shows an answer, and another one for another question',
    async (stage) => {
      const hook = await exampleIn('js')
      const token = `async () => (await fetch('${stage.address}/edge/tokens', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ key_id: '${await pageKey(stage)}', turnstile: 'XXXX.DUMMY.TOKEN.XXXX' }),
      })).json()`
      const source = `
        import { h, render } from 'preact'
        import { useEffect, useState } from 'preact/hooks'
        ${hook}
        const { createClient } = await import('${stage.address}/console/client.js')
        const client = createClient({ gateway: '${stage.address}', token: ${token} })
        function App() {
          const [question, ask] = useState('12*7')
          return h('button', { onClick: () => ask('6*7') }, useAnswer(client, question))
        }
        render(h(App), document.body)`
      const bundled = await build({
        stdin: { contents: source, resolveDir: process.cwd() },
        bundle: true,
        format: 'esm',
        write: false,
        external: ['http://*'],
      })
      const script = bundled.outputFiles[0]?.text ?? ''
      const html = `<!doctype html><body></body><script type="module">${script}</script>`
      const { page, close } = await openSite(stage, html)
      await page.getByRole('button', { name: /84/ }).click()
      await page.getByRole('button', { name: /42/ }).waitFor()
      await close()
    },
  ],
  [
    'client.js mints a token, renews it once for all, streams, and throws the error of the gateway',
    async (stage) => {
      const { key } = await stage.issueKey({ models: ['qwen-*', 'fault-*'] })
      await withPage(await stage.open('#/api'), async (page) => {
        const seen = await page.evaluate(
          async ([gateway = '', secret = '']) => {
            const { createClient } = await import(`${gateway}/console/client.js`)
            const token = async () => {
              const headers = { authorization: `Bearer ${secret}` }
              return (await fetch(`${gateway}/edge/tokens`, { method: 'POST', headers })).json()
            }
            const client = createClient({ gateway, token })
            const read = async (model: string) => {
              const body = { model, messages: [{ role: 'user', content: '12*7' }] }
              let text = ''
              for await (const event of client.stream('/compatible-mode/v1/chat/completions', body)) {
                text += event.choices[0]?.delta?.content ?? ''
              }
              return text
            }
            const answer = await read('qwen-plus')
            const refused = await read('gpt-4o').catch((error: Error) => error.message)
            const broken = await read('fault-cut-between').catch((error: Error) => error.name)
            const [one, other] = await Promise.all([client.token(), client.token()])
            return { answer, refused, broken, isSame: one === other }
          },
          [stage.address, key],
        )
        assert.match(seen.answer, /84/)
        assert.match(seen.refused, /gpt-4o/)
        assert.equal(seen.broken, 'GatewayError')
        assert.ok(seen.isSame)
      })
    },
  ],
]

/** Serves a page on an origin of its own and opens it. A page that is only made up may not reach this machine. */
async function openSite(stage: Stage, html: string): Promise<ForeignPage> {
  const site = await listen(
    createServer(({ url }, response) => {
      const isScript = url === '/turnstile.js'
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html; charset=utf-8')
      response.end(isScript ? WIDGET : html)
    }),
  )
  const { page, close } = await stage.openPage(`http://localhost:${site.port}/`)
  return { page, close: async () => void (await Promise.all([close(), site.stop()])) }
}

/** The first example of a language in the docs. */
async function exampleIn(language: 'html' | 'js'): Promise<string> {
  const docs = await readFile('docs/console.md', 'utf8')
  const example = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(docs)?.[1]
  assert.ok(example, `docs/console.md has no example in ${language}.`)
  return example
}

async function adapted(stage: Stage, example: string): Promise<string> {
  return example.replaceAll('https://gateway.example', stage.address).replace('key_…', await pageKey(stage))
}

/** A key that pages of this machine mint tokens of, by the stand-in for Turnstile. */
async function pageKey(stage: Stage): Promise<string> {
  const { id } = await stage.issueKey({
    origins: ['http://localhost:*'],
    mint: { turnstile: { hostnames: ['localhost'] } },
  })
  return id
}

import assert from 'node:assert/strict'
import { CHAT, until } from '../harness/caller.ts'
import type { Page } from './devtools.ts'
import { BUDGET_REQUESTS, type Stage } from './stage.ts'

/** One thing that must hold, and the work that shows it; it throws if it does not. */
export type Check = readonly [what: string, work: () => Promise<void>]

/** Frames come this far apart from DashScope, so that there is time to look at an answer while it comes. */
const TRICKLE = 'fault-trickle-200'
const LONG_QUESTION = 'one two three four five six seven eight nine ten '.repeat(10)

/**
 * What a visitor does with the page, in this order: the checks share one session token and use its budget up.
 *
 * @param page the page on its own origin.
 */
export function visitorChecks(page: Page, stage: Stage): Check[] {
  return [
    [
      'the page gets a token for a Turnstile response and shows the answer',
      async () => {
        await page.open(stage.site)
        await ask(page, undefined, 'What is 12*7?')
        assert.deepEqual(await rest(page), { status: 'Done.', answer: '12*7 = 84' })
        assert.equal(stage.siteverify.asked(), 1)
        assert.equal((await stage.calls()).length, 1)
      },
    ],
    [
      'the page shows an answer as it comes, and DashScope stops when the visitor does',
      async () => {
        await ask(page, TRICKLE, LONG_QUESTION)
        await until('text of an answer that is still coming', async () => (await look(page)).answer !== '')
        assert.equal((await lastCall(stage)).outcome, 'open')
        await page.run(() => document.getElementById('stop')?.click())
        await until('the caller to leave', async () => (await lastCall(stage)).outcome === 'left')
        const { status, answer } = await rest(page)
        assert.equal(status, 'Stopped.')
        assert.ok(!answer.includes(LONG_QUESTION.trim()), 'The whole answer was shown.')
      },
    ],
    [
      'the page says of an answer that breaks off that it did',
      async () => {
        await ask(page, 'fault-cut-between', LONG_QUESTION)
        const { status, answer } = await rest(page)
        assert.match(status, /^The answer broke off/)
        assert.notEqual(answer, '')
      },
    ],
    [
      'the page is refused when the budget is gone, and reads when to come back',
      async () => {
        for (let number = 4; number <= BUDGET_REQUESTS; number++) {
          await ask(page, undefined, `${number}+1`)
          assert.equal((await rest(page)).status, 'Done.')
        }
        await ask(page, undefined, '1+1')
        const { status, answer } = await rest(page)
        assert.match(status, /^429: .*requests with one session token.* \(Retry-After: [1-9]\d* s\)$/)
        assert.equal(answer, '')
        assert.equal((await stage.calls()).length, BUDGET_REQUESTS)
        assert.equal(stage.siteverify.asked(), 1)
      },
    ],
    [
      'nothing of the page and its visitor reaches DashScope',
      async () => {
        for (const { headers, path } of await stage.calls()) {
          assert.equal(path, CHAT)
          const told = Object.keys(headers).filter((name) =>
            /^(?:origin|referer|cookie|accept-language|sec-.*)$/.test(name),
          )
          assert.deepEqual(told, [])
          assert.doesNotMatch(JSON.stringify(headers), /localhost/)
        }
      },
    ],
  ]
}

/** Asks by the page's form, as a visitor does; without a model, the one that the page proposes. */
function ask(page: Page, model: string | undefined, question: string): Promise<void> {
  return page.run(
    (model, question) => {
      const field = (id: string) => document.getElementById(id) as HTMLInputElement
      field('model').value = model ?? field('model').defaultValue
      field('question').value = question
      field('ask').click()
    },
    model,
    question,
  )
}

/** What the page shows at this moment. */
function look(page: Page): Promise<{ status: string; answer: string }> {
  return page.run(() => ({
    status: document.getElementById('status')?.textContent ?? '',
    answer: (document.getElementById('answer') as HTMLOutputElement).value,
  }))
}

/** What the page shows once nothing comes any more. */
async function rest(page: Page): Promise<{ status: string; answer: string }> {
  await until('the page to come to rest', async () => !(await look(page)).status.startsWith('Answering'))
  return look(page)
}

async function lastCall({ calls }: Stage) {
  const last = (await calls()).at(-1)
  assert.ok(last, 'DashScope was not asked.')
  return last
}

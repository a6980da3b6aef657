import { expect, test } from 'vitest'
import { run } from '../../examples/runner/command.ts'

const OPTIONS = { directory: '.', timeoutSeconds: 20 }

test('The output of a command is returned.', async () => {
  const finished = await run(['sh', '-c', 'echo "$WORD"; echo aside >&2'], {
    ...OPTIONS,
    environment: { WORD: '西湖' },
  })
  expect(finished).toMatchObject({ ok: true, stdout: '西湖\n' })
})

test.each([
  [['sh', '-c', 'echo out; echo why >&2; exit 3'], 'why'],
  [['sh', '-c', 'echo out; exit 3'], 'out'],
  [['no-such-program-anywhere'], 'ENOENT'],
  [['sh', '-c', 'kill -KILL $$'], ''],
])('The failure of %j is reported.', async (command, complaint) => {
  const finished = await run(command, OPTIONS)
  expect(finished.ok).toBe(false)
  expect(finished.complaint).toContain(complaint)
})

test('A command that takes too long is ended, together with what it started.', async () => {
  // The inner process holds the pipe: were it spared, this would wait for its end and not for the second.
  const finished = await run(['sh', '-c', 'sleep 60 & wait'], { ...OPTIONS, timeoutSeconds: 1 })
  expect(finished).toMatchObject({ ok: false, complaint: 'It took more than 1 s.' })
})

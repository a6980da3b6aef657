import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ADMIN_TOKEN } from '../harness/gateway.ts'
import { useHooks } from '../hooks/rig.ts'
import { edge } from '../scripts/edge-tool.ts'

const rig = useHooks()

const SECRET = 'a secret of the examples'
const SIGNING_TOKEN = `whsec_${Buffer.from('thirty-two bytes of an example!!').toString('base64')}`
const AES_KEY = 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C'

/** The environment that examples/bots/README.md asks for. */
const SECRETS = {
  ...Object.fromEntries(namesIn().map((name) => [name, SECRET])),
  GITLAB_SIGNING_TOKEN: SIGNING_TOKEN,
  WECOM_AES_KEY: AES_KEY,
  WECOM_BOT_AES_KEY: AES_KEY,
}

function files(): string[] {
  return readdirSync('examples/bots').filter((file) => file.endsWith('.json'))
}

function namesIn(): string[] {
  const texts = files().map((file) => readFileSync(`examples/bots/${file}`, 'utf8'))
  return texts.flatMap((text) => [...text.matchAll(/"\$(\w+)"/g)].map(([, name = '']) => name))
}

function operate(...args: string[]) {
  return edge({ DASHSCOPE_EDGE_URL: rig.gateway.address, ADMIN_TOKEN, ...SECRETS }, ...args)
}

describe('The bot of', () => {
  it.each(files())('%s is created by the command in the README.', async (file) => {
    const created = await operate('hooks', 'create', '--key', rig.key.id, '--file', `examples/bots/${file}`)
    expect(created).toMatchObject({ code: 0, stderr: '' })
    expect(created.stdout).toContain('Enter this address at the platform')
    expect(created.stdout).not.toContain(SECRET)
  })
})

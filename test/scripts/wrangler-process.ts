/** The fake wrangler as a process of its own, with its account in the file FAKE_ACCOUNT. */
import { readFileSync, writeFileSync } from 'node:fs'
import { type FakeAccount, fakeWrangler } from './fake-wrangler.ts'

const file = process.env.FAKE_ACCOUNT ?? ''
const account: FakeAccount = JSON.parse(readFileSync(file, 'utf8'))
const args = process.argv.slice(2)
const input = args.join(' ') === 'secret bulk' ? readFileSync(0, 'utf8') : ''
const environment = { WRANGLER_OUTPUT_FILE_PATH: process.env.WRANGLER_OUTPUT_FILE_PATH ?? '' }
const { code, output, printed } = await fakeWrangler(account)(args, { input, environment })
writeFileSync(file, JSON.stringify(account))
if (code === 0) console.log(output)
else console.error(printed)
process.exitCode = code

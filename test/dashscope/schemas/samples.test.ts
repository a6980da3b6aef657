import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { findEndpoint } from '../../../src/dashscope/endpoints.ts'
import { textGeneration } from '../../../src/dashscope/schemas/native.ts'
import type { Schema } from '../../../src/lib/schema/fault.ts'
import { refusal } from './refusal.ts'

const seeds = new URL('../../seeds/', import.meta.url)
const recordings = new URL('../../recordings/', import.meta.url)
const BODY_ENDING = '.request.body.json'

const seedFiles = readdirSync(seeds)
const recordingNames = readdirSync(recordings)
  .filter((file) => file.endsWith(BODY_ENDING))
  .map((file) => file.slice(0, -BODY_ENDING.length))

function schemaOf(path: string): Schema {
  const found = findEndpoint('POST', path)
  // The tokenizer, which the gateway does not forward, takes the body of a text generation.
  const schema = found.kind === 'endpoint' ? found.endpoint.schema : textGeneration
  if (!schema) throw new Error(`The endpoint ${path} has no schema.`)
  return schema()
}

/** The path in a recording's header; some recordings start without the request line, and those are text generation. */
function recordedPath(name: string): string {
  const file = new URL(`${name}.request.header.txt`, recordings)
  const header = existsSync(file) ? readFileSync(file, 'utf8') : ''
  return (
    /^POST (?:https:\/\/[^/]+)?(\S+)/m.exec(header)?.[1] ?? '/api/v1/services/aigc/text-generation/generation'
  )
}

test('There are samples to check.', () => {
  expect(seedFiles).toHaveLength(32)
  expect(recordingNames.length).toBeGreaterThanOrEqual(20)
})

test.each(recordingNames)('The recorded request %s passes.', (name) => {
  const body: unknown = JSON.parse(readFileSync(new URL(name + BODY_ENDING, recordings), 'utf8'))
  expect(refusal(schemaOf(recordedPath(name)), body)).toBeUndefined()
})

describe.each(seedFiles)('the seed %s', (file) => {
  const seed: Record<string, unknown> = JSON.parse(readFileSync(new URL(file, seeds), 'utf8'))

  test('The seed has the shape that end-to-end tests rely on.', () => {
    expect(seed).toEqual({
      name: file.replace('.json', ''),
      path: expect.stringMatching(/^\/api\/v1\/services\//),
      headers: expect.objectContaining({ 'content-type': expect.stringMatching(/^application\/json/) }),
      body: expect.objectContaining({ model: expect.any(String), input: expect.any(Object) }),
    })
    expect(Object.keys(seed.headers ?? {})).not.toContain('authorization')
  })

  test('The seed passes.', () => {
    expect(refusal(schemaOf(String(seed.path)), seed.body)).toBeUndefined()
  })
})

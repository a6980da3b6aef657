import { expect, it } from 'vitest'
import * as z from 'zod/mini'
import { closedObject, removable } from '../../../src/lib/schema/closed-object.ts'
import { validate } from '../../../src/policy/validate.ts'

const schema = closedObject({
  name: z.string(),
  count: z.exactOptional(z.number()),
  list: z.exactOptional(removable({ list: z.array(z.number()) }).list),
})

it.each([[{ name: 'n' }], [{ name: 'n', count: 1, list: [1] }], [{ name: 'n', list: null }]])(
  'The schema accepts %j',
  (body) => {
    expect(() => validate(schema, body)).not.toThrow()
  },
)

it.each<[unknown, string]>([
  [null, 'The request body: expected an object, got null.'],
  [[], 'The request body: expected an object, got an empty array.'],
  [{}, 'name: expected a string, got nothing.'],
  [{ name: null }, 'name: expected a string, got null.'],
  [{ name: 'n', count: null }, 'count: expected a number, got null.'],
  [{ name: 'n', list: [null] }, 'list[0]: expected a number, got null.'],
  [
    { name: 'n', cuont: 1, lsit: 1 },
    'The request body: expected only name, count, list and not "cuont", "lsit".',
  ],
  [JSON.parse('{"name":"n","__proto__":{}}'), 'and not "__proto__".'],
  [{ name: 'n', constructor: 1 }, 'and not "constructor".'],
])('The schema refuses %j', (body, message) => {
  expect(() => validate(schema, body)).toThrow(message)
})

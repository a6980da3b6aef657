import * as z from 'zod/mini'
import { closedObject } from '../../lib/schema/closed-object.ts'
import { refineMessage } from '../../lib/schema/refine.ts'
import { isKeyId } from '../../policy/key-record.ts'
import { stringMatching } from '../../policy/schema/fields.ts'

/** The target of a request line (RFC 9112 section 3.2.1): a path with its query, never another host. */
const PATH = /^\/(?!\/)[\x21-\x7e]{0,2000}$/

const HEADER_NAME = /^[!#$%&'*+.^_`|~\w-]{1,100}$/
const HEADER_VALUE = /^[\x20-\x7e]{0,4000}$/

const headers = z
  .record(z.string(), z.string())
  .check(
    refineMessage(
      (fields) =>
        Object.entries(fields).every(([name, value]) => HEADER_NAME.test(name) && HEADER_VALUE.test(value)),
      'header fields with the values that they would be sent with',
    ),
  )

/** A request as it would be sent to the gateway, without a credential. */
const request = z.extend(
  z.exactPartial(
    closedObject({
      headers,
      body: z.union([z.string(), z.record(z.string(), z.unknown())], 'an object, or a text'),
    }),
  ),
  {
    method: z.enum(['GET', 'POST', 'DELETE']),
    path: stringMatching((value) => PATH.test(value), 'a path that begins with one slash'),
  },
)

/** The body of `POST /edge/explain`. */
export const explainBody = z.extend(
  z.exactPartial(
    closedObject({
      key_id: stringMatching(isKeyId, '"key_" and 16 hexadecimal digits'),
      address: stringMatching((value) => /^[\da-f.:]{2,45}$/i.test(value), 'an IP address'),
    }),
  ),
  { request },
)

export type ExplainBody = z.infer<typeof explainBody>

import * as z from 'zod/mini'
import { BATCH_EVENTS, FINAL_EVENTS, OPERATOR_EVENTS, PROGRESS_EVENTS } from '../../jobs/job.ts'
import { once } from '../../lib/once.ts'
import { closedObject } from '../../lib/schema/closed-object.ts'
import { wholeNumber } from '../../lib/schema/range.ts'
import { refine } from '../../lib/schema/refine.ts'

/** The delivery states of a message. */
export const DELIVERY_STATUSES = ['pending', 'delivered', 'dead'] as const

const EVENTS: readonly string[] = [
  '*',
  ...FINAL_EVENTS,
  ...PROGRESS_EVENTS,
  ...BATCH_EVENTS,
  ...OPERATOR_EVENTS,
]

const SOME_EVENTS = `a list with some of ${EVENTS.join(', ')}`

/** A leaked secret is replaced at once, a planned rotation takes up to a week. */
const MAX_OVERLAP_SECONDS = 604_800

const AN_OVERLAP = `a whole number of seconds from 0 to ${MAX_OVERLAP_SECONDS}`

const endpointFields = once(() => ({
  url: z.string(),
  events: z
    .array(z.string())
    .check(refine((names) => names.length > 0 && names.every((name) => EVENTS.includes(name)), SOME_EVENTS)),
  disabled: z.boolean(),
  payload: z.enum(['fat', 'thin'], 'fat or thin'),
}))

/** The body of `POST /edge/jobs/endpoints`. */
export const newEndpoint = once(() => {
  const { url, events, disabled, payload } = endpointFields()
  return closedObject({
    url,
    events: z.optional(events),
    disabled: z.optional(disabled),
    payload: z.optional(payload),
  })
})

/** The body of `PATCH /edge/jobs/endpoints/{id}`. */
export const endpointChange = once(() => z.exactPartial(closedObject(endpointFields())))

/** The body that rotates a signing secret. */
export const rotation = once(() =>
  z.exactPartial(closedObject({ overlap_seconds: wholeNumber(0, MAX_OVERLAP_SECONDS, AN_OVERLAP) })),
)

/** The body of `POST /edge/jobs/deliveries/redeliver`: which messages to send again. */
export const redelivery = once(() =>
  z.exactPartial(
    closedObject({
      status: z.enum(DELIVERY_STATUSES, `one of ${DELIVERY_STATUSES.join(', ')}`),
      since: z.string(),
      until: z.string(),
    }),
  ),
)

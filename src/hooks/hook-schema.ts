import * as z from 'zod/mini'
import { closedObject } from '../lib/schema/closed-object.ts'
import { wholeNumber } from '../lib/schema/range.ts'
import { refineMessage } from '../lib/schema/refine.ts'
import { isKeyId } from '../policy/key-record.ts'
import { isOriginPattern } from '../policy/origins.ts'
import { modelName, nonEmptyList, stringMatching } from '../policy/schema/fields.ts'
import { HOOK_KINDS } from './events/event.ts'
import { templateFault } from './template.ts'

/** The maximum length of a template, the same as in session tokens. */
const MAX_TEMPLATE_CHARACTERS = 8192

const MAX_SECRET_CHARACTERS = 512
const MAX_PARAMETERS = 20

const label = stringMatching(
  (value) => value.trim() !== '' && value.length <= 100,
  'a name of 1 to 100 characters',
)

const entry = stringMatching((value) => value !== '' && value.length <= 200, '1 to 200 characters')

const template = stringMatching(
  (value) => value.length <= MAX_TEMPLATE_CHARACTERS && templateFault(value) === undefined,
  `a template of at most ${MAX_TEMPLATE_CHARACTERS} characters in which every {{#section}} is closed`,
)

const text = stringMatching(
  (value) => value.length <= MAX_TEMPLATE_CHARACTERS,
  `at most ${MAX_TEMPLATE_CHARACTERS} characters`,
)

const shortText = z.nullable(
  stringMatching((value) => value !== '' && value.length <= 1000, '1 to 1000 characters'),
)

const parameters = z
  .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
  .check(
    refineMessage(
      (value) => Object.keys(value).length <= MAX_PARAMETERS,
      `at most ${MAX_PARAMETERS} parameters`,
    ),
  )

const header = stringMatching((value) => /^[\w-]{1,100}$/.test(value), 'the name of a header')

/** How a sender signs, if the operator describes it. */
const hmac = z.extend(
  z.exactPartial(
    closedObject({
      prefix: stringMatching((value) => value.length <= 40, 'at most 40 characters'),
      timestamp_header: header,
      id_header: header,
      tolerance: wholeNumber(1, 86_400, 'whole seconds from 1 to 86400'),
    }),
  ),
  {
    header,
    algorithm: z.enum(['sha1', 'sha256', 'sha512']),
    encoding: z.enum(['hex', 'base64']),
    template: stringMatching(
      (value) => value.includes('{body}') && value.length <= 200,
      'a text that contains {body}, like {ts}.{body}',
    ),
  },
)

const when = z.exactPartial(
  closedObject({
    events: nonEmptyList(entry),
    mention: z.boolean(),
    name_of_bot: entry,
    chats: nonEmptyList(entry),
    users: nonEmptyList(entry),
    match: entry,
  }),
)

const prompt = z.extend(z.exactPartial(closedObject({ system: text, parameters })), {
  model: modelName,
  user: template,
})

const history = closedObject({
  turns: wholeNumber(0, 20, 'a whole number from 0 to 20'),
  per: z.enum(['chat', 'thread', 'user']),
  minutes: wholeNumber(1, 10_080, 'whole minutes from 1 to 10080'),
})

const reply = z.exactPartial(
  closedObject({
    to: z.enum(['platform', 'none']),
    format: z.enum(['markdown', 'card', 'text']),
    thread: z.boolean(),
    mention: z.boolean(),
    stream: z.boolean(),
    ack_text: shortText,
    error_text: shortText,
    base_url: z.nullable(
      stringMatching(
        (value) => /^https?:\/\/[^/?#\s]+(?:\/[^?#\s]*)?$/.test(value),
        'a URL like https://proxy.example',
      ),
    ),
    card_template: z.nullable(entry),
  }),
)

const perMinute = wholeNumber(1, 6000, 'a whole number from 1 to 6000')
const limits = z.exactPartial(
  closedObject({ per_minute: perMinute, per_user_minute: perMinute, concurrent: perMinute }),
)

const secret = stringMatching(
  (value) => value !== '' && value.length <= MAX_SECRET_CHARACTERS,
  `1 to ${MAX_SECRET_CHARACTERS} characters`,
)

/** Secrets by name; `turnstile: true` is not a secret: Turnstile protects the form instead. */
const secrets = z.pipe(
  z
    .record(z.string(), z.union([secret, z.literal(true)]))
    .check(
      refineMessage(
        (named) => Object.entries(named).every(([name, value]) => value !== true || name === 'turnstile'),
        'strings; only turnstile is true',
      ),
    ),
  z.transform((named) =>
    Object.fromEntries(Object.entries(named).map(([name, value]) => [name, value === true ? 'on' : value])),
  ),
)

/** The page of a form. */
const form = z.extend(
  z.exactPartial(
    closedObject({
      redirect: z.nullable(
        stringMatching(
          (value) => value.length <= 2048 && /^https?:\/\/[^\s\\]+$/.test(value),
          'a URL like https://app.example/thanks',
        ),
      ),
    }),
  ),
  {
    origins: nonEmptyList(
      stringMatching(isOriginPattern, 'an origin like https://app.example or https://*.example.com'),
    ),
  },
)

const fields = {
  name: label,
  hmac: z.nullable(hmac),
  form: z.nullable(form),
  when,
  preset: z.nullable(stringMatching((value) => /^ps_\w{22}$/.test(value), 'the id of a preset')),
  prompt: z.nullable(prompt),
  history,
  reply,
  deliver: z.nullable(
    stringMatching((value) => value !== '' && value.length <= 2048, 'a URL, or the id of an endpoint'),
  ),
  limits,
  disabled: z.boolean(),
  secrets,
}

/** The body that creates a hook. Only the operator sets `key`: hooks of a client key belong to it. */
export const newHook = z.extend(
  z.exactPartial(
    closedObject({
      ...fields,
      key: stringMatching(isKeyId, 'the id of a client key: "key_" and 16 hexadecimal digits'),
    }),
  ),
  { name: label, kind: z.enum(HOOK_KINDS) },
)

/** The body that changes a hook: missing fields and secrets stay unchanged; an empty change is allowed. */
export const hookChange = z.exactPartial(closedObject(fields))

export type NewHook = z.infer<typeof newHook>
export type HookChange = z.infer<typeof hookChange>

const presetFields = {
  name: label,
  model: modelName,
  system: text,
  user: template,
  parameters,
  endpoint: z.enum(['chat-completions', 'text-generation', 'multimodal-generation']),
}

/** The body that creates a preset. */
export const newPreset = z.extend(
  z.exactPartial(
    closedObject({
      ...presetFields,
      key: stringMatching(isKeyId, 'the id of a client key: "key_" and 16 hexadecimal digits'),
    }),
  ),
  { name: label, model: modelName, user: template },
)

/** The body that changes a preset. */
export const presetChange = z.exactPartial(closedObject(presetFields))

/** The body that runs a preset. */
export const presetRun = z.exactPartial(
  closedObject({ variables: z.record(z.string(), z.unknown()), stream: z.boolean() }),
)

export type NewPreset = z.infer<typeof newPreset>
export type PresetChange = z.infer<typeof presetChange>

import { askSecret } from '../ask-secret.ts'
import { type Command, type Input, UsageError } from './command.ts'
import type { Gateway } from './gateway.ts'
import { idOfKey } from './key-names.ts'
import { idOfNamed } from './names.ts'
import type { Fields } from './policy.ts'
import { readFields } from './read-fields.ts'

/** The flags that set fields of a hook. */
export const FIELD_OPTIONS = {
  file: { type: 'string' },
  name: { type: 'string' },
  model: { type: 'string' },
  system: { type: 'string' },
  prompt: { type: 'string' },
  preset: { type: 'string' },
  secret: { type: 'string', multiple: true },
  event: { type: 'string', multiple: true },
  deliver: { type: 'string' },
} as const

/** Their lines in the help. */
export const FIELD_FLAGS: Command['flags'] = [
  ['--file <file>', 'the fields as JSON; "-" reads standard input'],
  ['--name <text>', 'the name'],
  ['--model <model>', 'the model, used with --prompt and --system'],
  ['--system <text>', 'the system message'],
  ['--prompt <template>', 'the user message; default {{event.text}}'],
  ['--preset <id or name>', 'a saved preset instead of these'],
  ['--secret <name>[=<value>]', 'a secret of the platform; without a value, it is asked for'],
  ['--event <type>', 'an event to answer, like issue_comment.*; may be repeated'],
  ['--deliver <URL or endpoint>', 'an additional destination for the response'],
]

/**
 * The body that creates or changes a hook: the fields of the file, overridden by flags. Names of keys and presets are
 * replaced by ids.
 *
 * @param before the hook to change; fields of its prompt or filter that are not given stay unchanged.
 * @throws UsageError for a file that cannot be read, an unknown name or a secret without a value.
 */
export async function hookFields(
  { values, environment }: Input,
  gateway: Gateway,
  before: Fields = {},
): Promise<Fields> {
  const { file, name, kind, key, model, system, prompt, preset, secret, event, deliver } = values
  const fields = await readFields(file)
  const typed = { name, kind, deliver }
  const owner = key ?? fields.key
  const named = preset ?? fields.preset
  const secrets = {
    ...fromEnvironment(fields.secrets, environment),
    ...(await typedSecrets(Array.isArray(secret) ? secret : [])),
  }
  const asked = present({ model, system, user: prompt })
  return {
    ...fields,
    ...present(typed),
    ...(typeof owner === 'string' && { key: await idOfKey(owner, gateway) }),
    ...(typeof named === 'string' && {
      preset: await idOfNamed('preset', named, gateway),
      prompt: null,
    }),
    ...(Object.keys(asked).length > 0 && {
      preset: null,
      prompt: { user: '{{event.text}}', ...Object(before.prompt), ...Object(fields.prompt), ...asked },
    }),
    ...(Object.keys(secrets).length > 0 && { secrets }),
    ...(event !== undefined && { when: { ...Object(before.when), ...Object(fields.when), events: event } }),
  }
}

/** Files should not contain secrets: a value like `$GITHUB_TOKEN` is read from the environment. */
function fromEnvironment(secrets: unknown, environment: Input['environment']): Fields {
  const entries = Object.entries(Object(secrets) as Fields).map(([name, value]) => {
    const variable = typeof value === 'string' ? /^\$(\w+)$/.exec(value)?.[1] : undefined
    if (variable === undefined) return [name, value]
    const found = environment[variable]?.trim()
    if (found) return [name, found]
    throw new UsageError(`secrets.${name}: the environment has no ${variable}.`)
  })
  return Object.fromEntries(entries)
}

async function typedSecrets(typed: readonly unknown[]): Promise<Fields> {
  const secrets: Fields = {}
  for (const each of typed) {
    const [, name = '', value] = /^([^=]+)(?:=(.*))?$/.exec(String(each)) ?? []
    if (name === '') throw new UsageError(`--secret ${each}: expected <name>=<value>.`)
    secrets[name] = value ?? (await askSecret(name))
  }
  return secrets
}

function present(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

import { useState } from 'preact/hooks'
import { ask } from '../gateway/ask.ts'
import { asObject } from '../gateway/failure.ts'
import { readJson } from '../play/setup.ts'
import { operator } from '../state/credentials.ts'
import { texts } from '../texts/texts.ts'
import { ShowAsked } from '../ui/asked.tsx'
import { CodeBlock } from '../ui/code-block.tsx'
import { Failure, Field } from '../ui/controls.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { useAsk } from '../ui/use-ask.ts'
import { changeOf } from './keys/policy-fields.ts'

/** A hook or a preset; their other fields are edited as JSON. */
export interface Definition {
  id: string
  name: string
  kind?: string
  model?: string
  disabled?: boolean
  [field: string]: unknown
}

export type Kind = 'hooks' | 'presets'

/** The initial values of a new one. */
const NEW: Readonly<Record<Kind, object>> = {
  hooks: {
    name: 'bot',
    kind: 'github',
    secrets: { secret: '' },
    prompt: { model: 'qwen-plus', user: '{{event.text}}' },
  },
  presets: {
    name: 'summary',
    model: 'qwen-plus',
    system: 'Summarise.',
    user: '{{text}}',
    endpoint: 'chat-completions',
  },
}

/** An event in the format for templates. */
const SAMPLE_EVENT = {
  type: 'message',
  text: 'Hello',
  user: { id: 'u1', name: 'Ann', bot: false },
  chat: { id: 'c1', type: 'direct' },
}

/** Fields that the gateway sets. */
const READ_ONLY = ['id', 'created_at', 'updated_at', 'object']

/** Creates or changes a hook or a preset. */
export function EditDialog(props: {
  kind: Kind
  suffix: string
  /** The key that the operator has selected; empty: none. */
  keyId: string
  before: Definition | undefined
  onClose: () => void
  onDone: () => void
}) {
  const { hooks, common } = texts()
  const { kind, before, suffix, keyId } = props
  const shown: Record<string, unknown> = before
    ? Object.fromEntries(
        Object.entries(before).filter(([name]) => !READ_ONLY.includes(name) && name !== 'secrets'),
      )
    : // The operator must choose the key that is charged; for a client key it is the key itself.
      { ...(operator.value && { key: keyId || 'key_…' }), ...NEW[kind] }
  const save = (body: unknown) =>
    ask(`/edge/${kind}${before ? `/${before.id}` : ''}${suffix}`, {
      method: before ? 'PATCH' : 'POST',
      // Some fields, such as the kind, cannot be changed, so only changed fields are sent.
      body: before ? changeOf(shown, asObject(body)) : body,
    }).then(props.onDone)
  return (
    <Dialog
      title={before?.name ?? (kind === 'hooks' ? hooks.create : hooks.createPreset)}
      isWide
      onClose={props.onClose}
    >
      <JsonForm label={hooks.body} initial={shown} submitLabel={common.save} onSubmit={save} />
    </Dialog>
  )
}

/** Renders the prompt of a hook for an event; nothing is sent. */
export function TestDialog({
  hook,
  suffix,
  onClose,
}: {
  hook: Definition
  suffix: string
  onClose: () => void
}) {
  const { hooks } = texts()
  const [rendered, setRendered] = useState<unknown>()
  return (
    <Dialog title={`${hooks.test}: ${hook.name}`} isWide onClose={onClose}>
      <p>{hooks.testNote}</p>
      <JsonForm
        label={hooks.event}
        initial={SAMPLE_EVENT}
        submitLabel={hooks.test}
        onSubmit={async (event) =>
          setRendered(await ask(`/edge/hooks/${hook.id}/test${suffix}`, { method: 'POST', body: { event } }))
        }
      />
      {rendered === undefined ? null : <CodeBlock text={JSON.stringify(rendered, null, 2)} />}
    </Dialog>
  )
}

/** The events of a hook. */
export function EventsDialog({
  hook,
  suffix,
  onClose,
}: {
  hook: Definition
  suffix: string
  onClose: () => void
}) {
  const { hooks } = texts()
  const asked = useAsk<{ data: unknown[] }>(`/edge/hooks/${hook.id}/events${suffix}`)
  return (
    <Dialog title={`${hooks.events}: ${hook.name}`} isWide onClose={onClose}>
      <ShowAsked asked={asked}>
        {({ data }) =>
          data.length === 0 ? (
            <p class="muted">{hooks.noEvents}</p>
          ) : (
            <CodeBlock text={JSON.stringify(data, null, 2)} />
          )
        }
      </ShowAsked>
    </Dialog>
  )
}

function JsonForm(props: {
  label: string
  initial: unknown
  submitLabel: string
  onSubmit: (value: unknown) => Promise<unknown>
}) {
  const { play } = texts()
  const [text, setText] = useState(JSON.stringify(props.initial, null, 2))
  const [failure, setFailure] = useState<unknown>()
  const { value, isWrong } = readJson(text)
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault()
        setFailure(undefined)
        props.onSubmit(value).catch(setFailure)
      }}
    >
      <Field label={props.label} problem={isWrong ? play.invalidJson : undefined}>
        {(id, describedBy) => (
          <textarea
            id={id}
            rows={14}
            class="code"
            spellcheck={false}
            aria-describedby={describedBy}
            aria-invalid={isWrong}
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        )}
      </Field>
      {failure ? <Failure failure={failure} /> : null}
      <button type="submit" class="primary" disabled={isWrong}>
        {props.submitLabel}
      </button>
    </form>
  )
}

import type { ComponentChildren } from 'preact'
import { useId, useState } from 'preact/hooks'
import { GatewayFailure } from '../gateway/failure.ts'
import { texts } from '../texts/texts.ts'

/** A button that copies a text to the clipboard and confirms it. */
export function CopyButton({ text, label }: { text: string | (() => string); label?: string }) {
  const [isCopied, setCopied] = useState(false)
  const { common } = texts()
  const copy = async () => {
    await navigator.clipboard.writeText(typeof text === 'function' ? text() : text)
    setCopied(true)
    setTimeout(() => setCopied(false), 2000)
  }
  return (
    <button type="button" class="quiet" onClick={copy}>
      {isCopied ? common.copied : (label ?? common.copy)}
    </button>
  )
}

/** A password field that can be revealed. */
export function SecretField(props: {
  label: string
  hint?: string
  value: string
  onInput: (value: string) => void
  problem?: string
}) {
  const [isShown, setShown] = useState(false)
  const id = useId()
  const { door } = texts()
  const common = {
    id,
    value: props.value,
    onInput: (event: { currentTarget: HTMLInputElement }) => props.onInput(event.currentTarget.value),
    autocomplete: 'off',
    autocapitalize: 'off',
    spellcheck: false,
    'aria-describedby': `${id}-hint`,
    'aria-invalid': props.problem !== undefined,
  } as const
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <div class="joined">
        {isShown ? <input {...common} type="text" /> : <input {...common} type="password" />}
        <button type="button" aria-pressed={isShown} onClick={() => setShown(!isShown)}>
          {isShown ? door.hide : door.show}
        </button>
      </div>
      <p id={`${id}-hint`} class={props.problem ? 'problem' : 'hint'}>
        {props.problem ?? props.hint}
      </p>
    </div>
  )
}

/** A labelled group of exclusive options. */
export function Choice<Value extends string>(props: {
  label: string
  value: Value
  options: readonly (readonly [Value, string])[]
  onChange: (value: Value) => void
}) {
  const name = useId()
  return (
    <fieldset class="choice">
      <legend>{props.label}</legend>
      <div class="segments">
        {props.options.map(([value, label]) => (
          <label key={value}>
            <input
              type="radio"
              name={name}
              checked={value === props.value}
              onChange={() => props.onChange(value)}
            />
            <span>{label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}

/** A labelled field around any control; the control gets the id. */
export function Field(props: {
  label: string
  hint?: string
  problem?: string | undefined
  children: (id: string, describedBy: string) => ComponentChildren
}) {
  const id = useId()
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      {props.children(id, `${id}-hint`)}
      <p id={`${id}-hint`} class={props.problem ? 'problem' : 'hint'}>
        {props.problem ?? props.hint}
      </p>
    </div>
  )
}

/** An error with the gateway's message and the request id in the log. */
export function Failure({ failure, onRetry }: { failure: unknown; onRetry?: () => void }) {
  const { common } = texts()
  const known = failure instanceof GatewayFailure ? failure : undefined
  const message = known && known.status !== 0 ? known.message : common.unreachable
  return (
    <div class="failure" role="alert">
      <p>
        {known && known.status >= 400 ? <strong>{known.status} </strong> : null}
        {message}
      </p>
      <div class="row">
        {known?.code ? <code>{known.code}</code> : null}
        {known?.requestId ? (
          <span class="muted">
            {common.requestId} <code>{known.requestId}</code> <CopyButton text={known.requestId} />
          </span>
        ) : null}
        {onRetry ? (
          <button type="button" onClick={onRetry}>
            {common.retry}
          </button>
        ) : null}
      </div>
    </div>
  )
}

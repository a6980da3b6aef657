import { useState } from 'preact/hooks'
import { GatewayFailure } from '../../gateway/failure.ts'
import { readJson } from '../../play/setup.ts'
import { texts } from '../../texts/texts.ts'
import { CodeBlock } from '../../ui/code-block.tsx'
import { Choice, CopyButton, Failure, Field } from '../../ui/controls.tsx'
import { type Draft, fieldOf, POLICY_FIELDS, type PolicyField, valueAt, withValue } from './policy-fields.ts'

/**
 * Edits a policy; next to it are the JSON that is sent and the equivalent command.
 *
 * @param props.commandOf the command for the request; undefined: there is none.
 * @param props.toSend the part of the draft that is sent, shown during editing.
 */
export function KeyForm(props: {
  initial: Draft
  submitLabel: string
  toSend: (draft: Draft) => Draft
  commandOf?: (body: Draft) => string
  onSubmit: (body: Draft) => Promise<void>
}) {
  const { keys } = texts()
  const [draft, setDraft] = useState(props.initial)
  const [failure, setFailure] = useState<unknown>()
  const body = props.toSend(draft)
  const problemPath = failure instanceof GatewayFailure ? fieldOf(failure.message) : undefined
  const isPlaced = POLICY_FIELDS.some(({ path }) => path === problemPath)
  const submit = async (event: Event) => {
    event.preventDefault()
    setFailure(undefined)
    try {
      await props.onSubmit(body)
    } catch (thrown) {
      setFailure(thrown)
    }
  }
  const sections = [...new Set(POLICY_FIELDS.map(({ section }) => section))]
  return (
    <form class="key-form" onSubmit={submit} autocomplete="off">
      <div class="stack">
        {sections.map((section, index) => (
          <details key={section} class="card" open={index < 2 || problemPath !== undefined}>
            <summary>{keys.sections[section]}</summary>
            <div class="fields">
              {POLICY_FIELDS.filter((field) => field.section === section).map((field) => (
                <PolicyInput
                  key={field.path}
                  field={field}
                  value={valueAt(draft, field.path)}
                  problem={
                    problemPath === field.path && failure instanceof GatewayFailure
                      ? failure.message
                      : undefined
                  }
                  onChange={(value) => setDraft((before) => withValue(before, field.path, value))}
                />
              ))}
            </div>
          </details>
        ))}
        {failure && !isPlaced ? <Failure failure={failure} /> : null}
        <button type="submit" class="primary">
          {props.submitLabel}
        </button>
      </div>
      <aside class="stack" aria-label={keys.liveJson}>
        <h3>{keys.liveJson}</h3>
        <CodeBlock text={JSON.stringify(body, null, 2)} />
        <CopyButton text={JSON.stringify(body)} />
        {props.commandOf ? (
          <>
            <h3>{keys.commandLine}</h3>
            <CodeBlock text={props.commandOf(body)} />
            <CopyButton text={props.commandOf(body)} />
          </>
        ) : null}
      </aside>
    </form>
  )
}

interface InputProps {
  field: PolicyField
  value: unknown
  problem: string | undefined
  onChange: (value: unknown) => void
}

function PolicyInput(props: InputProps) {
  const { field, value, problem, onChange } = props
  const { keys, common } = texts()
  if (field.kind === 'switch' || field.kind === 'choice') {
    const choices = field.choices ?? ['true', 'false']
    return (
      <div>
        <Choice
          label={field.path}
          value={value === undefined ? '' : String(value)}
          options={[['', keys.unset] as const, ...choices.map((each) => [each, labelOf(each)] as const)]}
          onChange={(chosen) => onChange(chosen === '' ? undefined : parsed(chosen))}
        />
        {problem ? <p class="problem">{problem}</p> : null}
      </div>
    )
  }
  if (field.kind === 'json' || field.kind === 'list') return <TextAreaInput {...props} />
  return (
    <Field label={field.path} problem={problem}>
      {(id, describedBy) => (
        <input
          id={id}
          type="text"
          inputMode={field.kind === 'number' ? 'decimal' : 'text'}
          aria-describedby={describedBy}
          aria-invalid={problem !== undefined}
          placeholder={field.placeholder ?? keys.unset}
          value={value === undefined ? '' : String(value)}
          onInput={(event) =>
            onChange(
              field.kind === 'number'
                ? numberOrText(event.currentTarget.value)
                : event.currentTarget.value || undefined,
            )
          }
        />
      )}
    </Field>
  )

  function labelOf(choice: string): string {
    return choice === 'true' ? common.yes : choice === 'false' ? common.no : choice
  }
}

/** A text for a list or JSON; the text is kept as typed, and the draft contains the parsed value. */
function TextAreaInput({ field, value, problem, onChange }: InputProps) {
  const { keys, play } = texts()
  const [text, setText] = useState(() => shown(field, value))
  const isWrong = field.kind === 'json' && readJson(text).isWrong
  return (
    <Field
      label={field.path}
      hint={field.kind === 'list' ? keys.listHint : keys.jsonHint}
      problem={isWrong ? play.invalidJson : problem}
    >
      {(id, describedBy) => (
        <textarea
          id={id}
          rows={2}
          class="code"
          spellcheck={false}
          placeholder={field.placeholder}
          aria-describedby={describedBy}
          aria-invalid={isWrong || problem !== undefined}
          value={text}
          onInput={(event) => {
            const next = event.currentTarget.value
            setText(next)
            if (field.kind === 'list') onChange(listIn(next))
            else if (!readJson(next).isWrong) onChange(readJson(next).value)
          }}
        />
      )}
    </Field>
  )
}

function shown({ kind }: PolicyField, value: unknown): string {
  if (value === undefined) return ''
  return kind === 'list' && Array.isArray(value) ? value.join('\n') : JSON.stringify(value, null, 2)
}

/** An empty list of origins means "no page", which is written as []. */
function listIn(text: string): string[] | undefined {
  if (text.trim() === '[]') return []
  const entries = text
    .split(/[\n,]/)
    .map((entry) => entry.trim())
    .filter(Boolean)
  return entries.length > 0 ? entries : undefined
}

/** Invalid numbers are sent unchanged, so that the gateway reports the error. */
function numberOrText(text: string): number | string | undefined {
  const number = Number(text)
  if (text.trim() === '') return undefined
  return Number.isFinite(number) ? number : text
}

function parsed(choice: string): unknown {
  return choice === 'true' ? true : choice === 'false' ? false : choice
}

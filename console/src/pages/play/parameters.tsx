import { at, list, text } from '../../play/read.ts'
import {
  EXAMPLE_SCHEMA,
  EXAMPLE_TOOLS,
  MAX_CHOICES,
  NUMBERS_OF,
  type NumberName,
  readJson,
  type Setup,
  TOOL_CHOICES,
} from '../../play/setup.ts'
import { changeSetup, setup } from '../../play/thread.ts'
import { texts } from '../../texts/texts.ts'
import { Choice, Field } from '../../ui/controls.tsx'

/** The parameters of a request in addition to its messages. Only parameters that are set here are sent. */
export function Parameters() {
  const { play } = texts()
  const { dialect, system, isStream, output, schema, tools, thinking, thinkingBudget, search } = setup.value
  return (
    <details class="parameters card" open={matchMedia('(min-width: 60rem)').matches}>
      <summary>{play.parameters}</summary>
      <Field label={play.system}>
        {(id) => (
          <textarea
            id={id}
            rows={3}
            value={system}
            placeholder={play.systemPlaceholder}
            onInput={(event) => changeSetup({ system: event.currentTarget.value })}
          />
        )}
      </Field>
      <div class="numbers">
        {NUMBERS_OF[dialect].map((name) => (
          <NumberField key={name} name={name} />
        ))}
      </div>
      <label class="check">
        <input
          type="checkbox"
          checked={isStream}
          onChange={(event) => changeSetup({ isStream: event.currentTarget.checked })}
        />
        <span>{play.stream}</span>
      </label>
      <Switch label={play.thinking} value={thinking} onChange={(value) => change('thinking', value)} />
      {thinking ? (
        <Field label={play.thinkingBudget}>
          {(id) => (
            <input
              id={id}
              type="number"
              min="1"
              placeholder={play.notSet}
              value={thinkingBudget ?? ''}
              onInput={(event) => change('thinkingBudget', numberIn(event.currentTarget.value))}
            />
          )}
        </Field>
      ) : null}
      <Switch label={play.search} value={search} onChange={(value) => change('search', value)} />
      <Choice
        label={play.output}
        value={output}
        options={[
          ['text', play.outputs.text],
          ['json', play.outputs.json],
          ['schema', play.outputs.schema],
        ]}
        onChange={(value) =>
          changeSetup({ output: value, ...(value === 'schema' && !schema && { schema: EXAMPLE_SCHEMA }) })
        }
      />
      {output === 'schema' ? (
        <JsonField label={play.schema} value={schema} onChange={(value) => changeSetup({ schema: value })} />
      ) : null}
      <JsonField
        label={play.tools}
        hint={play.toolsHint}
        value={tools}
        placeholder={EXAMPLE_TOOLS}
        onChange={(value) => changeSetup({ tools: value })}
      />
      <ToolChoice />
    </details>
  )
}

/** Which tool the model calls; only with tools. */
function ToolChoice() {
  const { tools, toolChoice } = setup.value
  const names = list(readJson(tools).value).map((tool) => text(at(tool, 'function').name))
  if (names.length === 0) return null
  return (
    <Field label="tool_choice">
      {(id) => (
        <select
          id={id}
          value={toolChoice ?? ''}
          onChange={(event) => change('toolChoice', event.currentTarget.value || undefined)}
        >
          <option value="">{texts().play.notSet}</option>
          {[...new Set([...TOOL_CHOICES, ...names, toolChoice ?? ''])].filter(Boolean).map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      )}
    </Field>
  )
}

function NumberField({ name }: { name: NumberName }) {
  const { play } = texts()
  return (
    <Field label={name}>
      {(id) => (
        <input
          id={id}
          type="number"
          {...(name === 'n' ? { min: 1, max: MAX_CHOICES } : { step: 'any' })}
          placeholder={play.notSet}
          value={setup.value.numbers[name] ?? ''}
          onInput={(event) => {
            const { [name]: _before, ...others } = setup.peek().numbers
            const number = numberIn(event.currentTarget.value)
            changeSetup({ numbers: number === undefined ? others : { ...others, [name]: number } })
          }}
        />
      )}
    </Field>
  )
}

/** On, off, or not sent, so that the model's default applies. */
function Switch(props: {
  label: string
  value: boolean | undefined
  onChange: (value: boolean | undefined) => void
}) {
  const { play } = texts()
  return (
    <Choice
      label={props.label}
      value={props.value === undefined ? 'unset' : String(props.value)}
      options={[
        ['unset', play.notSet],
        ['true', play.on],
        ['false', play.off],
      ]}
      onChange={(value) => props.onChange(value === 'unset' ? undefined : value === 'true')}
    />
  )
}

function JsonField(props: {
  label: string
  hint?: string
  value: string
  placeholder?: string
  onChange: (value: string) => void
}) {
  const { isWrong } = readJson(props.value)
  return (
    <Field
      label={props.label}
      {...(props.hint && { hint: props.hint })}
      problem={isWrong ? texts().play.invalidJson : undefined}
    >
      {(id, describedBy) => (
        <textarea
          id={id}
          rows={5}
          class="code"
          spellcheck={false}
          value={props.value}
          placeholder={props.placeholder}
          aria-describedby={describedBy}
          aria-invalid={isWrong}
          onInput={(event) => props.onChange(event.currentTarget.value)}
        />
      )}
    </Field>
  )
}

type OptionalName = 'thinking' | 'thinkingBudget' | 'search' | 'toolChoice'

/** Removes an optional member that is not set, so that it is not sent. */
function change(name: OptionalName, value: Setup[OptionalName]): void {
  const { [name]: _before, ...others } = setup.peek()
  setup.value = value === undefined ? others : { ...others, [name]: value }
}

function numberIn(text: string): number | undefined {
  const number = Number(text)
  return text.trim() === '' || !Number.isFinite(number) ? undefined : number
}

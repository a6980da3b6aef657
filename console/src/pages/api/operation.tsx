import { useState } from 'preact/hooks'
import { encodeSetup, newSetup } from '../../play/setup.ts'
import { hashOf } from '../../state/route.ts'
import { texts } from '../../texts/texts.ts'
import { CodeBlock } from '../../ui/code-block.tsx'
import { CopyButton } from '../../ui/controls.tsx'
import { exampleOf, type Media, type OpenApi, type Placed, responseIn } from './document.ts'
import { SchemaTree } from './schema-tree.tsx'
import { TryIt } from './try-it.tsx'

/** Endpoints that the playground supports, and its name for each dialect. */
const PLAYABLE = {
  'chat-completions': 'chat',
  'text-generation': 'native',
  'anthropic-messages': 'anthropic',
  responses: 'responses',
} as const

const JSON_TYPE = 'application/json'

/** One operation; its request and responses are rendered when it is opened. */
export function OperationView({ document, placed }: { document: OpenApi; placed: Placed }) {
  const { path, method, operation } = placed
  const [isOpen, setOpen] = useState(false)
  return (
    <details class="card operation" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <code>
          {method} {path}
        </code>{' '}
        <span class="muted">{operation.summary}</span>
      </summary>
      {isOpen ? <Details document={document} placed={placed} /> : null}
    </details>
  )
}

function Details({ document, placed }: { document: OpenApi; placed: Placed }) {
  const { api } = texts()
  const { operationId, parameters = [], requestBody, responses = {} } = placed.operation
  const dialect = PLAYABLE[operationId as keyof typeof PLAYABLE]
  const [bodyType, body] = Object.entries(requestBody?.content ?? {})[0] ?? []
  const example =
    body?.example ??
    (bodyType === JSON_TYPE && body?.schema ? exampleOf(document, body.schema, true) : undefined)
  const known = Object.entries(responses).map(
    ([status, response]) => [status, responseIn(document, response)] as const,
  )
  const failures = known.filter(([status]) => status >= '400')
  return (
    <div class="stack">
      {dialect ? (
        <a class="button" href={hashOf(['play'], { setup: encodeSetup({ ...newSetup(), dialect }) })}>
          {api.open}
        </a>
      ) : null}
      {parameters.length > 0 ? (
        <>
          <h3>{api.parameters}</h3>
          <ul class="tree">
            {parameters.map((parameter) => (
              <li key={parameter.in + parameter.name}>
                <code>{parameter.name}</code> <span class="muted">{parameter.in}</span>{' '}
                {parameter.required ? <strong>{api.required}</strong> : ''}
              </li>
            ))}
          </ul>
        </>
      ) : null}
      {body ? (
        <>
          <h3>{api.body}</h3>
          {bodyType === JSON_TYPE ? null : <code>{bodyType}</code>}
          {body.schema ? <SchemaTree document={document} schema={body.schema} /> : null}
          {example === undefined ? null : <Example value={example} />}
        </>
      ) : null}
      {known.slice(0, -failures.length).map(([status, { description, content = {} }]) => (
        <section key={status} class="stack">
          <h3>
            {api.response} {status}
          </h3>
          <p>
            {description} <span class="muted">{Object.keys(content).join(', ')}</span>
          </p>
          <Shape document={document} media={content[JSON_TYPE]} />
        </section>
      ))}
      <h3>{api.errors}</h3>
      <ul class="tree">
        {failures.map(([status, { description }]) => (
          <li key={status}>
            <code>{status}</code> {description}
          </li>
        ))}
      </ul>
      <Example value={failures[0]?.[1].content?.[JSON_TYPE]?.example} />
      <TryIt placed={placed} example={example} />
    </div>
  )
}

function Shape({ document, media }: { document: OpenApi; media: Media | undefined }) {
  if (!media?.schema) return null
  return (
    <>
      <SchemaTree document={document} schema={media.schema} />
      <Example value={media.example ?? exampleOf(document, media.schema, false)} />
    </>
  )
}

function Example({ value }: { value: unknown }) {
  const text = JSON.stringify(value, null, 2)
  // A body without a known schema gets no example.
  if (text === undefined || text === '{}') return null
  return (
    <div>
      <div class="row">
        <h4 class="grow">{texts().api.example}</h4>
        <CopyButton text={text} />
      </div>
      <CodeBlock text={text} />
    </div>
  )
}

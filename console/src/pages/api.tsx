import { useState } from 'preact/hooks'
import { encodeSetup, newSetup } from '../play/setup.ts'
import { hashOf } from '../state/route.ts'
import { texts } from '../texts/texts.ts'
import { ShowAsked } from '../ui/asked.tsx'
import { CodeBlock } from '../ui/code-block.tsx'
import { Field } from '../ui/controls.tsx'
import { useAsk } from '../ui/use-ask.ts'

interface Operation {
  operationId: string
  summary?: string
  tags?: string[]
  parameters?: { name: string; in: string; required?: boolean }[]
  requestBody?: { content: Record<string, { schema?: unknown }> }
  responses?: Record<string, unknown>
}

interface OpenApi {
  paths: Record<string, Record<string, Operation>>
}

/** Endpoints that the playground speaks, and its name for each dialect. */
const PLAYABLE = {
  'chat-completions': 'chat',
  'text-generation': 'native',
  'anthropic-messages': 'anthropic',
  responses: 'responses',
} as const

/** Every operation of the gateway, from the same document that clients are generated from. */
export function Api() {
  const { api } = texts()
  const [filter, setFilter] = useState('')
  const asked = useAsk<OpenApi>('/console/openapi.json')
  return (
    <div class="stack">
      <div class="row">
        <h1 class="grow">{api.title}</h1>
        <Field label={api.filter}>
          {(id) => (
            <input
              id={id}
              type="search"
              value={filter}
              onInput={(event) => setFilter(event.currentTarget.value)}
            />
          )}
        </Field>
        <a class="button" href="/console/openapi.json" download="openapi.json">
          {api.download}
        </a>
      </div>
      <ShowAsked asked={asked}>
        {({ paths }) =>
          Object.entries(paths)
            .flatMap(([path, methods]) =>
              Object.entries(methods).map(([method, operation]) => ({
                path,
                method: method.toUpperCase(),
                operation,
              })),
            )
            .filter(({ path, method, operation }) =>
              `${method} ${path} ${operation.summary}`.toLowerCase().includes(filter.toLowerCase()),
            )
            .map(({ path, method, operation }) => (
              <OperationView key={operation.operationId} path={path} method={method} operation={operation} />
            ))
        }
      </ShowAsked>
    </div>
  )
}

function OperationView({ path, method, operation }: { path: string; method: string; operation: Operation }) {
  const { api } = texts()
  const schema = operation.requestBody?.content['application/json']?.schema
  const dialect = PLAYABLE[operation.operationId as keyof typeof PLAYABLE]
  return (
    <details class="card operation">
      <summary>
        <code>
          {method} {path}
        </code>{' '}
        <span class="muted">{operation.summary}</span>
      </summary>
      <div class="stack">
        {dialect ? (
          <a class="button" href={hashOf(['play'], { setup: encodeSetup({ ...newSetup(), dialect }) })}>
            {api.open}
          </a>
        ) : null}
        {operation.parameters ? (
          <>
            <h2>{api.parameters}</h2>
            <ul>
              {operation.parameters.map((parameter) => (
                <li key={parameter.in + parameter.name}>
                  <code>{parameter.name}</code> {parameter.in} {parameter.required ? api.required : ''}
                </li>
              ))}
            </ul>
          </>
        ) : null}
        {schema ? (
          <>
            <h2>{api.body}</h2>
            <CodeBlock text={JSON.stringify(schema, null, 2)} />
          </>
        ) : null}
        <p class="muted">
          {api.responses}: {Object.keys(operation.responses ?? {}).join(', ')}
        </p>
      </div>
    </details>
  )
}

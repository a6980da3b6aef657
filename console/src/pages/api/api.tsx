import { useState } from 'preact/hooks'
import { texts } from '../../texts/texts.ts'
import { ShowAsked } from '../../ui/asked.tsx'
import { Field } from '../../ui/controls.tsx'
import { useAsk } from '../../ui/use-ask.ts'
import type { OpenApi, Placed } from './document.ts'
import { OperationView } from './operation.tsx'

/** Every operation of the gateway, from the OpenAPI document. */
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
      <ShowAsked asked={asked}>{(document) => <Groups document={document} filter={filter} />}</ShowAsked>
    </div>
  )
}

function Groups({ document, filter }: { document: OpenApi; filter: string }) {
  const { api } = texts()
  const placed = operationsIn(document).filter(({ path, method, operation }) =>
    `${method} ${path} ${operation.summary}`.toLowerCase().includes(filter.toLowerCase()),
  )
  const groups = Object.groupBy(placed, ({ operation }) => operation.tags?.[0] ?? '')
  if (placed.length === 0) return <p class="muted">{api.noMatch}</p>
  return Object.entries(groups).map(([group, members = []]) => (
    <section key={group} class="stack">
      <h2>{api.groups[group] ?? group}</h2>
      {members.map((each) => (
        <OperationView key={each.operation.operationId} document={document} placed={each} />
      ))}
    </section>
  ))
}

function operationsIn({ paths }: OpenApi): Placed[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  )
}

import { useState } from 'preact/hooks'
import { type As, credentialFor } from '../../gateway/ask.ts'
import { formatDuration, texts } from '../../texts/texts.ts'
import { CodeBlock } from '../../ui/code-block.tsx'
import { Field } from '../../ui/controls.tsx'
import type { Operation, Placed } from './document.ts'

/** Longer responses would make the page slow. */
const MAX_SHOWN = 20_000

/** Sends the operation with the credential of the page, and shows the original response. */
export function TryIt({ placed, example }: { placed: Placed; example: unknown }) {
  const { api, door, play } = texts()
  const { operation } = placed
  const [values, setValues] = useState<Record<string, string>>({})
  const [body, setBody] = useState(example === undefined ? '' : JSON.stringify(example, null, 2))
  const [response, setResponse] = useState<string>()
  const { parameters = [], requestBody } = operation
  if (requestBody && example === undefined) return null
  const who = callerOf(operation)
  const credential = credentialFor(who)
  const isPublic = operation.security?.length === 0
  const send = async () => {
    setResponse('…')
    setResponse(await responseTo(placed, values, body, credential))
  }
  return (
    <section class="stack">
      <h3>{api.tryIt}</h3>
      {parameters.map(({ name }) => (
        <Field key={name} label={name}>
          {(id) => (
            <input
              id={id}
              value={values[name] ?? ''}
              onInput={(event) => setValues({ ...values, [name]: event.currentTarget.value })}
            />
          )}
        </Field>
      ))}
      {requestBody ? (
        <Field label={api.body}>
          {(id) => (
            <textarea
              id={id}
              class="code"
              rows={8}
              value={body}
              onInput={(event) => setBody(event.currentTarget.value)}
            />
          )}
        </Field>
      ) : null}
      <div class="row">
        <button type="button" class="primary" disabled={!isPublic && !credential} onClick={send}>
          {play.send}
        </button>
        {isPublic || credential ? null : (
          <span class="muted">{who === 'operator' ? door.needsOperator : door.needsKey}</span>
        )}
      </div>
      {response === undefined ? null : <CodeBlock text={response} />}
    </section>
  )
}

/** Forwarded endpoints take client keys; for the gateway's own operations the document lists the callers. */
function callerOf({ security = [{ clientKey: [] }] }: Operation): As {
  const takes = (scheme: string) => security.some((each) => scheme in each)
  if (!takes('operator')) return 'client'
  return takes('clientKey') ? 'any' : 'operator'
}

async function responseTo(
  { path, method, operation }: Placed,
  values: Record<string, string>,
  body: string,
  credential: string | undefined,
): Promise<string> {
  const query = new URLSearchParams()
  const headers = new Headers(credential ? { authorization: `Bearer ${credential}` } : {})
  let target = path
  for (const { name, in: place } of operation.parameters ?? []) {
    const value = values[name] ?? ''
    if (place === 'path') target = target.replace(`{${name}}`, encodeURIComponent(value))
    else if (value === '') continue
    else if (place === 'query') query.set(name, value)
    else headers.set(name, value)
  }
  if (operation.requestBody) headers.set('content-type', 'application/json')
  const startedMs = performance.now()
  try {
    const response = await fetch(`${target}${query.size > 0 ? `?${query}` : ''}`, {
      method,
      headers,
      ...(operation.requestBody && { body }),
    })
    const text = await response.text()
    const head = `${response.status} · ${formatDuration(performance.now() - startedMs)}`
    return `${head}\n\n${pretty(text).slice(0, MAX_SHOWN)}`
  } catch {
    return texts().common.unreachable
  }
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

import { useState } from 'preact/hooks'
import { ask } from '../gateway/ask.ts'
import { operator } from '../state/credentials.ts'
import { route } from '../state/route.ts'
import { texts } from '../texts/texts.ts'
import { ShowAsked } from '../ui/asked.tsx'
import { Choice, CopyButton, Failure } from '../ui/controls.tsx'
import { useAsk } from '../ui/use-ask.ts'
import { type Definition, EditDialog, EventsDialog, type Kind, TestDialog } from './hook-dialogs.tsx'
import { KeyChoice, useKeys } from './key-choice.tsx'

type Open =
  | { kind: 'edit'; definition: Definition | undefined }
  | { kind: 'test' | 'events'; definition: Definition }

/** Inbound hooks and prompt presets. */
export function Hooks() {
  const { hooks } = texts()
  const [kind, setKind] = useState<Kind>('hooks')
  const keyId = route.value.query.get('key') ?? ''
  const suffix = operator.value && keyId ? `?key=${keyId}` : ''
  const keys = useKeys()
  return (
    <div class="stack">
      <div class="row">
        <h1 class="grow">{hooks.title}</h1>
        {operator.value ? <KeyChoice keys={keys} none="—" /> : null}
        <Choice
          label={hooks.title}
          value={kind}
          options={[
            ['hooks', hooks.title],
            ['presets', hooks.presets],
          ]}
          onChange={setKind}
        />
      </div>
      <Definitions key={kind} kind={kind} suffix={suffix} keyId={keyId} />
    </div>
  )
}

function Definitions({ kind, suffix, keyId }: { kind: Kind; suffix: string; keyId: string }) {
  const { hooks, common } = texts()
  const asked = useAsk<{ data: Definition[] }>(`/edge/${kind}${suffix}`)
  const [open, setOpen] = useState<Open>()
  const [failure, setFailure] = useState<unknown>()
  const remove = (id: string) =>
    ask(`/edge/${kind}/${id}${suffix}`, { method: 'DELETE' }).then(asked.reload, setFailure)
  const done = () => {
    setOpen(undefined)
    asked.reload()
  }
  return (
    <>
      <div class="row">
        <button
          type="button"
          class="primary"
          onClick={() => setOpen({ kind: 'edit', definition: undefined })}
        >
          {kind === 'hooks' ? hooks.create : hooks.createPreset}
        </button>
        <span class="hint">{hooks.secrets}</span>
      </div>
      {failure ? <Failure failure={failure} /> : null}
      <ShowAsked asked={asked}>
        {({ data }) =>
          data.length === 0 ? (
            <p class="muted">{kind === 'hooks' ? hooks.empty : hooks.noPresets}</p>
          ) : (
            <div class="scroll">
              <table class="full">
                <thead>
                  <tr>
                    <th scope="col">{hooks.columns.name}</th>
                    <th scope="col">{kind === 'hooks' ? hooks.columns.kind : hooks.columns.model}</th>
                    <th scope="col">{hooks.columns.status}</th>
                    <th scope="col">{hooks.columns.actions}</th>
                  </tr>
                </thead>
                <tbody>
                  {data.map((definition) => (
                    <tr key={definition.id}>
                      <th scope="row">
                        {definition.name} <code class="muted">{definition.id}</code>
                      </th>
                      <td>{definition.kind ?? definition.model}</td>
                      <td>{definition.disabled ? hooks.disabled : hooks.active}</td>
                      <td>
                        <div class="row actions">
                          <button
                            type="button"
                            class="quiet"
                            onClick={() => setOpen({ kind: 'edit', definition })}
                          >
                            {hooks.edit}
                          </button>
                          {kind === 'hooks' ? (
                            <>
                              <button
                                type="button"
                                class="quiet"
                                onClick={() => setOpen({ kind: 'test', definition })}
                              >
                                {hooks.test}
                              </button>
                              <button
                                type="button"
                                class="quiet"
                                onClick={() => setOpen({ kind: 'events', definition })}
                              >
                                {hooks.events}
                              </button>
                              <CopyButton
                                label={hooks.address}
                                text={`${location.origin}/edge/hooks/${definition.id}/in`}
                              />
                            </>
                          ) : null}
                          <button type="button" class="quiet" onClick={() => remove(definition.id)}>
                            {common.remove}
                          </button>
                        </div>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </ShowAsked>
      {open?.kind === 'edit' ? (
        <EditDialog
          kind={kind}
          suffix={suffix}
          keyId={keyId}
          before={open.definition}
          onClose={() => setOpen(undefined)}
          onDone={done}
        />
      ) : null}
      {open?.kind === 'test' ? (
        <TestDialog hook={open.definition} suffix={suffix} onClose={() => setOpen(undefined)} />
      ) : null}
      {open?.kind === 'events' ? (
        <EventsDialog hook={open.definition} suffix={suffix} onClose={() => setOpen(undefined)} />
      ) : null}
    </>
  )
}

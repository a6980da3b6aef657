import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { ask } from '../../gateway/ask.ts'
import { DEFAULT_MODEL, DIALECTS, encodeSetup, MAX_COMPARED } from '../../play/setup.ts'
import { changeSetup, clearThread, setup, thread } from '../../play/thread.ts'
import { clientKey } from '../../state/credentials.ts'
import { hashOf } from '../../state/route.ts'
import { texts } from '../../texts/texts.ts'
import { Choice, CopyButton } from '../../ui/controls.tsx'

/** Models that the key may use, from DashScope's list; other names can be typed. */
const models = signal<readonly string[]>([])

/** The selection of models and wire format. */
export function Toolbar() {
  const { play } = texts()
  const { models: chosen, dialect } = setup.value
  useEffect(() => void readModels(), [clientKey.value])
  return (
    <div class="toolbar">
      <datalist id="models">
        {models.value.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      {chosen.map((model, side) => (
        <div key={side} class="field model">
          <label for={`model-${side}`}>{side === 0 ? play.model : `${play.model} ${side + 1}`}</label>
          <div class="joined">
            <input
              id={`model-${side}`}
              list="models"
              spellcheck={false}
              autocomplete="off"
              value={model}
              onInput={(event) =>
                changeSetup({ models: chosen.with(side, event.currentTarget.value.trim()) })
              }
            />
            {chosen.length > 1 ? (
              <button
                type="button"
                aria-label={play.removeModel(model)}
                onClick={() => changeModels(chosen.toSpliced(side, 1))}
              >
                ×
              </button>
            ) : null}
          </div>
        </div>
      ))}
      {chosen.length < MAX_COMPARED ? (
        <button
          type="button"
          class="quiet"
          title={play.addModel}
          onClick={() =>
            changeModels([...chosen, models.value.find((name) => !chosen.includes(name)) ?? DEFAULT_MODEL])
          }
        >
          +{play.compare}
        </button>
      ) : null}
      <Choice
        label={play.api}
        value={dialect}
        options={DIALECTS.map((name) => [name, play.apis[name]] as const)}
        onChange={(value) => changeSetup({ dialect: value })}
      />
    </div>
  )
}

/** Actions on the whole conversation. */
export function ChatActions() {
  const { play } = texts()
  return (
    <>
      <CopyButton
        label={play.share}
        text={() => `${location.origin}/console/${hashOf(['play'], { setup: encodeSetup(setup.peek()) })}`}
      />
      {thread.value.length > 0 ? (
        <button type="button" class="quiet" onClick={clearThread}>
          {play.clear}
        </button>
      ) : null}
    </>
  )
}

/** Each compared model has its side of the conversation, so a change of their number starts a new one. */
function changeModels(names: string[]): void {
  clearThread()
  changeSetup({ models: names })
}

async function readModels(): Promise<void> {
  try {
    const { data } = await ask<{ data: { id: string }[] }>('/compatible-mode/v1/models', { as: 'client' })
    models.value = data.map(({ id }) => id)
  } catch {
    // The key may not be allowed to list models; names can still be typed.
  }
}

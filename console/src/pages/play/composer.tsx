import { signal } from '@preact/signals'
import type { Message } from '../../play/conversation.ts'
import { EXAMPLE_TOOLS } from '../../play/setup.ts'
import { changeSetup, isBusy, sendMessages, setup, stopAll } from '../../play/thread.ts'
import { texts } from '../../texts/texts.ts'
import { AttachButtons, Attached, addFiles, attachments } from './attachments.tsx'
import { Estimate } from './estimate.tsx'
import { examplePicture } from './example-picture.ts'

/** The model for the example with an image, since the default model has no image input. */
const MODEL_THAT_SEES = 'qwen3.7-plus'

/** The text being written. */
export const draft = signal('')

/** The message box with its attachments. */
export function Composer() {
  const { play } = texts()
  const send = () => {
    const text = draft.peek().trim()
    const parts = attachments.peek().flatMap(({ part }) => (part ? [part] : []))
    if ((text === '' && parts.length === 0) || isBusy.peek()) return
    const message: Message = {
      role: 'user',
      parts: [...parts, ...(text ? [{ kind: 'text' as const, text }] : [])],
    }
    draft.value = ''
    attachments.value = []
    sendMessages([message])
  }
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault()
        void addFiles(event.dataTransfer?.files)
      }}
    >
      <Attached />
      <textarea
        rows={3}
        aria-label={play.message}
        placeholder={play.messagePlaceholder}
        value={draft.value}
        onInput={(event) => {
          draft.value = event.currentTarget.value
        }}
        onPaste={(event) => {
          if (event.clipboardData?.files.length) void addFiles(event.clipboardData.files)
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) send()
          if (event.key === 'Escape') stopAll()
        }}
      />
      <div class="row">
        <AttachButtons />
        <span class="grow" />
        <Estimate text={draft.value} />
        {isBusy.value ? (
          <button key="stop" type="button" class="primary" onClick={stopAll}>
            {play.stop}
          </button>
        ) : (
          <button
            key="send"
            type="submit"
            class="primary"
            disabled={draft.value.trim() === '' && attachments.value.length === 0}
          >
            {play.send}
          </button>
        )}
      </div>
    </form>
  )
}

/** Copies an example into the message box and sets the parameters that it needs. */
export function takeExample(name: string, text: string): void {
  draft.value = text
  if (name === 'tool' && setup.peek().tools === '') changeSetup({ tools: EXAMPLE_TOOLS })
  if (name === 'json') changeSetup({ output: 'json' })
  if (name === 'image') {
    changeSetup({ models: [MODEL_THAT_SEES] })
    void examplePicture().then((picture) => addFiles([picture]))
  }
}

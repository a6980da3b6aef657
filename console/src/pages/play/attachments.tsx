import { computed, signal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { credentialFor } from '../../gateway/ask.ts'
import { failureOf, GatewayFailure } from '../../gateway/failure.ts'
import type { Part } from '../../play/conversation.ts'
import { clientKey, gateway } from '../../state/credentials.ts'
import { formatBytes, texts } from '../../texts/texts.ts'
import { Failure } from '../../ui/controls.tsx'
import { dataUrl } from '../../ui/data-url.ts'
import { isLocal } from '../../ui/media.tsx'
import { RecordButton } from './record.tsx'

/** MAX_BODY_BYTES if the gateway does not report it. */
const DEFAULT_MAX_BODY_BYTES = 20 * 1024 * 1024

/** Larger documents are uploaded and not pasted into the message. */
const MAX_INLINE_BYTES = 64 * 1024

interface Attachment {
  name: string
  /** Bytes in the request body; base64 makes a file a third larger. */
  bytes: number
  /** Undefined while it is being read or uploaded. */
  part: Part | undefined
}

/** The attachments of the next message. */
export const attachments = signal<Attachment[]>([])

const problem = signal<unknown>(undefined)
const usedBytes = computed(() => attachments.value.reduce((sum, { bytes }) => sum + bytes, 0))
const maxBytes = computed(() => gateway.value?.max_body_bytes ?? DEFAULT_MAX_BODY_BYTES)

/** Adds files that were picked, pasted or dropped; files that are too large for a request are refused. */
export async function addFiles(files: Iterable<File> | null | undefined): Promise<void> {
  problem.value = undefined
  for (const file of files ?? []) {
    const kind = kindOf(file)
    const bytes = kind === 'file' ? 0 : Math.ceil((file.size * 4) / 3)
    if (usedBytes.peek() + bytes > maxBytes.peek()) {
      problem.value = new GatewayFailure(413, texts().play.tooLarge(file.name, formatBytes(maxBytes.peek())))
      continue
    }
    const attachment: Attachment = { name: file.name, bytes, part: undefined }
    attachments.value = [...attachments.peek(), attachment]
    try {
      const part =
        kind === 'file' ? await documentPart(file) : { kind, name: file.name, url: await dataUrl(file) }
      attachments.value = attachments.peek().map((each) => (each === attachment ? { ...each, part } : each))
    } catch (thrown) {
      problem.value = thrown
      attachments.value = attachments.peek().filter((each) => each !== attachment)
    }
  }
}

/** Attaches the parts of a message that is edited, except its text. */
export function attach(parts: readonly Part[]): void {
  attachments.value = parts.flatMap((part) => {
    if (part.kind === 'text') return []
    const name = part.name || texts().play[part.kind]
    return [{ name, bytes: part.kind === 'file' ? 0 : part.url.length, part }]
  })
}

/** The chips over the message box. */
export function Attached() {
  const { play, common } = texts()
  return (
    <>
      {problem.value ? <Failure failure={problem.value} /> : null}
      {attachments.value.length > 0 ? (
        <ul class="chips">
          {attachments.value.map((attachment, position) => (
            <li key={position}>
              {attachment.part?.kind === 'image' && isLocal(attachment.part.url) ? (
                <img src={attachment.part.url} alt="" />
              ) : null}
              {attachment.part ? attachment.name : play.uploading(attachment.name)}
              <button
                type="button"
                class="quiet"
                aria-label={`${common.remove} ${attachment.name}`}
                onClick={() => {
                  attachments.value = attachments.peek().filter((each) => each !== attachment)
                }}
              >
                ×
              </button>
            </li>
          ))}
          <li class="muted">{play.size(formatBytes(usedBytes.value), formatBytes(maxBytes.value))}</li>
        </ul>
      ) : null}
    </>
  )
}

const ACCEPTED = { image: 'image/*', audio: 'audio/*', video: 'video/*', file: '' } as const

/** The buttons that pick files. */
export function AttachButtons() {
  const { play } = texts()
  return (
    <>
      {(Object.keys(ACCEPTED) as (keyof typeof ACCEPTED)[]).map((kind) => (
        <PickButton key={kind} accept={ACCEPTED[kind]} label={play[kind]} />
      ))}
      <RecordButton onRecorded={(file) => void addFiles([file])} />
    </>
  )
}

function PickButton({ accept, label }: { accept: string; label: string }) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <button type="button" class="quiet" onClick={() => input.current?.click()}>
        +{label}
      </button>
      <input
        ref={input}
        type="file"
        class="visually-hidden"
        tabIndex={-1}
        aria-label={label}
        accept={accept}
        multiple
        onChange={(event) => {
          void addFiles([...(event.currentTarget.files ?? [])])
          event.currentTarget.value = ''
        }}
      />
    </>
  )
}

function kindOf({ type }: File): 'image' | 'audio' | 'video' | 'file' {
  const [family] = type.split('/')
  return family === 'image' || family === 'audio' || family === 'video' ? family : 'file'
}

/** A short text goes into the message; anything else is uploaded for models that read files. */
async function documentPart(file: File): Promise<Part> {
  const isText =
    file.type.startsWith('text/') || /\.(?:md|json|csv|ya?ml|ts|js|py|java|go|rs|sh|sql)$/i.test(file.name)
  if (isText && file.size <= MAX_INLINE_BYTES) {
    return { kind: 'text', text: `${file.name}:\n\n${await file.text()}` }
  }
  const form = new FormData()
  form.set('file', file)
  form.set('purpose', 'file-extract')
  const response = await fetch('/compatible-mode/v1/files', {
    method: 'POST',
    headers: { authorization: `Bearer ${credentialFor('client') ?? clientKey.peek() ?? ''}` },
    body: form,
  })
  if (!response.ok) throw await failureOf(response)
  const { id } = (await response.json()) as { id: string }
  return { kind: 'file', name: file.name, fileId: id }
}

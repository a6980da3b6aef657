import { useEffect, useRef, useState } from 'preact/hooks'
import { GatewayFailure } from '../../gateway/failure.ts'
import { DEFAULT_MODELS, type Made, makeRequest, type Order, type Product, send } from '../../play/make.ts'
import { spokenIn } from '../../play/speech.ts'
import { cancelTask, runTask } from '../../play/task.ts'
import { clientKey } from '../../state/credentials.ts'
import { formatDuration, texts } from '../../texts/texts.ts'
import { CopyButton, Failure, Field } from '../../ui/controls.tsx'
import { dataUrl } from '../../ui/data-url.ts'
import { Media } from '../../ui/media.tsx'
import { Explain } from './explain.tsx'
import { RecordButton } from './record.tsx'

/** The progress of a task. */
type Progress =
  | { kind: 'idle' }
  | { kind: 'running'; status: string; taskId?: string }
  | { kind: 'made'; made: Made; sound?: string }
  | { kind: 'failed'; failure: unknown }

/** Images, videos, speech and transcripts: a form, a task with its progress, and the result. */
export function Make({ product }: { product: Product }) {
  const { play, common } = texts()
  const [order, setOrder] = useState<Order>(() => newOrder(product))
  const [progress, setProgress] = useState<Progress>({ kind: 'idle' })
  const [tookMs, setTookMs] = useState(0)
  const abort = useRef<AbortController>(undefined)
  useEffect(() => () => abort.current?.abort(), [])
  const change = (changes: Partial<Order>) => setOrder((before) => ({ ...before, ...changes }))
  const isRunning = progress.kind === 'running'

  const start = async (event: Event) => {
    event.preventDefault()
    const controller = new AbortController()
    abort.current = controller
    const begunMs = performance.now()
    const timer = setInterval(() => setTookMs(performance.now() - begunMs), 100)
    setProgress({ kind: 'running', status: 'PENDING' })
    try {
      setProgress(await make(order, controller.signal, setProgress))
    } catch (failure) {
      setProgress(controller.signal.aborted ? { kind: 'idle' } : { kind: 'failed', failure })
    } finally {
      clearInterval(timer)
      setTookMs(performance.now() - begunMs)
    }
  }
  const stop = () => {
    if (progress.kind === 'running' && progress.taskId !== undefined) {
      void cancelTask(progress.taskId, clientKey.peek() ?? '').catch(() => undefined)
    }
    abort.current?.abort()
  }

  return (
    <div class="make">
      <form class="card stack" onSubmit={start}>
        <OrderFields order={order} change={change} />
        <div class="row">
          {/* Different keys, so that a click on one button does not submit the other, which replaces it. */}
          {isRunning ? (
            <button key="stop" type="button" class="primary" onClick={stop}>
              {play.stop}
            </button>
          ) : (
            <button key="start" type="submit" class="primary" disabled={!isComplete(order)}>
              {play.generate}
            </button>
          )}
          <p class="muted" role="status">
            {isRunning ? play.taskStatus(progress.status, formatDuration(tookMs)) : null}
            {progress.kind === 'made' ? `${play.complete} ${formatDuration(tookMs)}` : null}
          </p>
        </div>
      </form>
      {progress.kind === 'failed' ? (
        <div class="stack">
          <Failure failure={progress.failure} />
          {progress.failure instanceof GatewayFailure ? (
            <Explain request={makeRequest(order)} failure={progress.failure} />
          ) : null}
        </div>
      ) : null}
      {progress.kind === 'made' ? (
        <section class="card stack" aria-label={play.result}>
          <h2>{play.result}</h2>
          {progress.sound ? (
            <>
              <Media kind="audio" url={progress.sound} name={play.result} />
              <a href={progress.sound} download="speech.wav">
                {common.download}
              </a>
            </>
          ) : null}
          {progress.made.text ? (
            <>
              <p class="typed">{progress.made.text}</p>
              <div class="row">
                <CopyButton text={progress.made.text} />
              </div>
            </>
          ) : null}
          {progress.made.urls.map((url) => (
            <p key={url}>
              <a href={url} target="_blank" rel="noopener noreferrer" data-host={URL.parse(url)?.host}>
                {play.openResult}
              </a>
            </p>
          ))}
          {progress.made.urls.length > 0 ? <p class="muted">{play.resultNote}</p> : null}
        </section>
      ) : null}
    </div>
  )
}

function OrderFields({ order, change }: { order: Order; change: (changes: Partial<Order>) => void }) {
  const { play } = texts()
  const { product, model, prompt, voice, size } = order
  const text = (name: 'model' | 'voice' | 'size', label: string, value: string, placeholder = '') => (
    <Field label={label}>
      {(id) => (
        <input
          id={id}
          type="text"
          spellcheck={false}
          autocomplete="off"
          value={value}
          placeholder={placeholder}
          onInput={(event) => change({ [name]: event.currentTarget.value.trim() })}
        />
      )}
    </Field>
  )
  return (
    <>
      <div class="numbers">
        {text('model', play.model, model)}
        {product === 'speech' ? text('voice', play.voice, voice) : null}
        {product === 'image' || product === 'video' ? text('size', play.pixels, size, play.notSet) : null}
      </div>
      {product === 'transcript' ? null : (
        <Field label={play.prompt}>
          {(id) => (
            <textarea
              id={id}
              rows={4}
              value={prompt}
              onInput={(event) => change({ prompt: event.currentTarget.value })}
            />
          )}
        </Field>
      )}
      {product === 'transcript' ? <Source accept="audio/*" label={play.audio} change={change} /> : null}
      {product === 'video' ? <Source accept="image/*" label={play.firstFrame} change={change} /> : null}
    </>
  )
}

function Source(props: { accept: string; label: string; change: (changes: Partial<Order>) => void }) {
  const [name, setName] = useState('')
  const take = async (file: File | undefined) => {
    if (!file) return
    setName(file.name)
    props.change({ source: await dataUrl(file) })
  }
  return (
    <div class="row">
      <Field label={props.label} hint={name}>
        {(id, describedBy) => (
          <input
            id={id}
            type="file"
            accept={props.accept}
            aria-describedby={describedBy}
            onChange={(event) => void take(event.currentTarget.files?.[0])}
          />
        )}
      </Field>
      {props.accept.startsWith('audio') ? <RecordButton onRecorded={(file) => void take(file)} /> : null}
    </div>
  )
}

function newOrder(product: Product): Order {
  const { play } = texts()
  return {
    product,
    model: DEFAULT_MODELS[product],
    prompt: play.makeExamples[product],
    voice: 'Cherry',
    size: '',
  }
}

function isComplete({ product, model, prompt, source }: Order): boolean {
  return model !== '' && (product === 'transcript' ? source !== undefined : prompt.trim() !== '')
}

async function make(
  order: Order,
  signal: AbortSignal,
  report: (progress: Progress) => void,
): Promise<Progress> {
  const key = clientKey.peek() ?? ''
  const response = await send(makeRequest(order), key, signal)
  if (order.product === 'speech') return { kind: 'made', ...(await spokenIn(response)) }
  const made = await runTask(await response.json(), key, signal, ({ id, status }) =>
    report({ kind: 'running', status, taskId: id }),
  )
  return { kind: 'made', made }
}

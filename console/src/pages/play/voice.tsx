import { useEffect, useRef, useState } from 'preact/hooks'
import { hearFile, hearMicrophone, Speaker } from '../../play/sound.ts'
import { VoiceSession } from '../../play/voice.ts'
import { clientKey } from '../../state/credentials.ts'
import { formatNumber, texts } from '../../texts/texts.ts'
import { CodeBlock } from '../../ui/code-block.tsx'
import { Failure, Field } from '../../ui/controls.tsx'

const DEFAULT_MODEL = 'qwen3-omni-flash-realtime'

interface Opened {
  session: VoiceSession
  speaker: Speaker
}

/** A conversation by voice: with the microphone, a recording, or text. */
export function Voice() {
  const { play } = texts()
  const [order, setOrder] = useState({ model: DEFAULT_MODEL, voice: 'Cherry', instructions: '' })
  const [opened, setOpened] = useState<Opened>()
  const close = () => {
    opened?.session.close()
    opened?.speaker.close()
  }
  const latest = useRef(close)
  latest.current = close
  useEffect(() => () => latest.current(), [])
  const open = (event: Event) => {
    event.preventDefault()
    close()
    const speaker = new Speaker()
    const session = new VoiceSession({
      ...order,
      key: clientKey.peek() ?? '',
      onSound: (samples) => speaker.play(samples),
      onInterrupt: () => speaker.stop(),
    })
    setOpened({ session, speaker })
  }
  const field = (name: keyof typeof order, label: string) => (
    <Field label={label}>
      {(id) => (
        <input
          id={id}
          type="text"
          spellcheck={false}
          autocomplete="off"
          value={order[name]}
          onInput={(event) => setOrder({ ...order, [name]: event.currentTarget.value })}
        />
      )}
    </Field>
  )
  return (
    <div class="make">
      <form class="card stack" onSubmit={open}>
        <div class="numbers">
          {field('model', play.model)}
          {field('voice', play.voice)}
        </div>
        {field('instructions', play.system)}
        <div class="row">
          {opened && opened.session.progress.value !== 'ended' ? (
            <button key="stop" type="button" class="primary" onClick={close}>
              {play.hangUp}
            </button>
          ) : (
            <button key="start" type="submit" class="primary" disabled={order.model.trim() === ''}>
              {play.call}
            </button>
          )}
          <p class="muted" role="status">
            {opened ? play.voiceStates[opened.session.progress.value] : play.voiceNote}
          </p>
        </div>
      </form>
      {opened ? <Conversation session={opened.session} /> : null}
    </div>
  )
}

function Conversation({ session }: { session: VoiceSession }) {
  const { play } = texts()
  const failure = session.failure.value
  const usage = session.usage.value
  return (
    <section class="card stack" aria-label={play.conversation}>
      {failure ? <Failure failure={failure} /> : null}
      {session.said.value.map(({ who, text }, position) => (
        <div key={position} class={`message from-${who}`}>
          <h2>{who === 'user' ? play.you : play.model}</h2>
          <p class="typed">{text}</p>
        </div>
      ))}
      {session.progress.value === 'open' ? <Speak session={session} /> : null}
      {usage ? (
        <p class="muted">
          {play.tokensIn} {formatNumber(usage.input)} · {play.tokensOut} {formatNumber(usage.output)}
        </p>
      ) : null}
      <details>
        <summary>{play.rawEvents}</summary>
        <CodeBlock text={session.events.value.join('\n')} />
      </details>
    </section>
  )
}

function Speak({ session }: { session: VoiceSession }) {
  const { play } = texts()
  const [stop, setStop] = useState<() => void>()
  const [isDeaf, setDeaf] = useState(false)
  const [message, setMessage] = useState('')
  useEffect(() => stop, [stop])
  const toggle = async () => {
    if (stop) return setStop(undefined)
    const end = await hearMicrophone((samples) => session.hear(samples))
    setDeaf(end === undefined)
    setStop(() => end)
  }
  const hear = async (file: File | undefined) => {
    if (!file) return
    try {
      for (const samples of await hearFile(file)) session.hear(samples)
    } catch {
      setDeaf(true)
    }
  }
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault()
        if (message.trim() !== '') session.write(message.trim())
        setMessage('')
      }}
    >
      <div class="row">
        <button type="button" aria-pressed={stop !== undefined} onClick={toggle}>
          {stop ? play.stopRecording : `● ${play.speak}`}
        </button>
        <Field label={play.audio}>
          {(id) => (
            <input
              id={id}
              type="file"
              accept="audio/*"
              onChange={(event) => void hear(event.currentTarget.files?.[0])}
            />
          )}
        </Field>
      </div>
      {isDeaf ? <p class="problem">{play.noSound}</p> : null}
      <div class="row">
        <input
          class="grow"
          type="text"
          aria-label={play.message}
          value={message}
          onInput={(event) => setMessage(event.currentTarget.value)}
        />
        <button type="submit" disabled={message.trim() === ''}>
          {play.send}
        </button>
      </div>
    </form>
  )
}

import { useState } from 'preact/hooks'
import { texts } from '../../texts/texts.ts'

/** Records the microphone into a file. The button is hidden in browsers without a recorder. */
export function RecordButton({ onRecorded }: { onRecorded: (file: File) => void }) {
  const [recorder, setRecorder] = useState<MediaRecorder>()
  const { play } = texts()
  if (!('MediaRecorder' in globalThis)) return null
  const toggle = async () => {
    if (recorder) return recorder.stop()
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true }).catch(() => undefined)
    if (!stream) return
    const next = new MediaRecorder(stream)
    const pieces: Blob[] = []
    next.ondataavailable = ({ data }) => pieces.push(data)
    next.onstop = () => {
      for (const track of stream.getTracks()) track.stop()
      setRecorder(undefined)
      const type = next.mimeType.split(';')[0] ?? 'audio/webm'
      onRecorded(new File(pieces, `recording.${type.split('/')[1] ?? 'webm'}`, { type }))
    }
    next.start()
    setRecorder(next)
  }
  return (
    <button type="button" class="quiet" aria-pressed={recorder !== undefined} onClick={toggle}>
      {recorder ? play.stopRecording : `● ${play.record}`}
    </button>
  )
}

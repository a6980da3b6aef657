import { describe, expect, it } from 'vitest'
import { speak } from '../../src/translate/speech.ts'
import { transcribe } from '../../src/translate/transcription.ts'
import { asked, planned, refused } from './asked.ts'

const SAID = { input: 'Hello', voice: 'Cherry' }

describe('a request for speech becomes the native request of its model', () => {
  it.each<[string, object, string, object, string]>([
    [
      'cosyvoice-v3-flash',
      {},
      'speech-synthesis',
      { text: 'Hello', voice: 'Cherry', format: 'mp3' },
      'whole',
    ],
    [
      'cosyvoice-v3-flash',
      { response_format: 'pcm', speed: 1.5, instructions: 'gently' },
      'speech-synthesis',
      { text: 'Hello', voice: 'Cherry', format: 'pcm', sample_rate: 24000, rate: 1.5, instruction: 'gently' },
      'whole',
    ],
    [
      'qwen-audio-3.1-tts-flash',
      { response_format: 'opus', stream_format: 'audio', sample_rate: 48000 },
      'speech-synthesis',
      { text: 'Hello', voice: 'Cherry', format: 'opus', sample_rate: 48000 },
      'stream',
    ],
    ['qwen3-tts-flash', {}, 'multimodal-generation', { text: 'Hello', voice: 'Cherry' }, 'whole'],
    [
      'qwen-tts',
      { response_format: 'wav', speed: 1 },
      'multimodal-generation',
      { text: 'Hello', voice: 'Cherry' },
      'whole',
    ],
    [
      'qwen3-tts-flash',
      { response_format: 'pcm' },
      'multimodal-generation',
      { text: 'Hello', voice: 'Cherry' },
      'stream',
    ],
    [
      'qwen3-tts-flash',
      { stream_format: 'sse' },
      'multimodal-generation',
      { text: 'Hello', voice: 'Cherry' },
      'stream',
    ],
    [
      'qwen3-tts-instruct-flash',
      { instructions: 'gently', language_type: 'English' },
      'multimodal-generation',
      { text: 'Hello', voice: 'Cherry', instructions: 'gently', language_type: 'English' },
      'whole',
    ],
  ])('%s with %j', (model, options, endpoint, input, mode) => {
    expect(planned(speak, model, { ...SAID, ...options })).toMatchObject({
      endpoint,
      mode,
      body: { input },
    })
    expect(planned(speak, model, { ...SAID, ...options }).body?.input).toEqual(input)
  })

  it.each<[string, object, string]>([
    ['qwen3-tts-flash', { response_format: 'mp3' }, 'response_format'],
    ['qwen3-tts-flash', { response_format: 'wav', stream_format: 'audio' }, 'response_format'],
    ['qwen3-tts-flash', { speed: 1.5 }, 'speed'],
    ['qwen3-tts-flash', { instructions: 'gently' }, 'instructions'],
    ['cosyvoice-v3-flash', { speed: 4 }, 'speed'],
    ['cosyvoice-v3-flash', { response_format: 'flac' }, 'response_format'],
    ['cosyvoice-v3-flash', { stream_format: 'json' }, 'stream_format'],
    ['cosyvoice-v3-flash', { voice: { id: 'x' } }, 'voice'],
    ['cosyvoice-v3-flash', { voice: '' }, 'voice'],
    ['cosyvoice-v3-flash', { input: null }, 'input'],
    ['cosyvoice-v3-flash', { text: 'Hello' }, 'text'],
    ['qwen3-tts-flash-realtime', {}, 'model'],
    ['tts-1', {}, 'model'],
  ])('%s refuses %j, naming %s', (model, options, param) => {
    expect(refused(speak, model, { ...SAID, ...options })).toMatchObject({ reason: 'invalid', param })
  })
})

describe('a request for a transcript becomes the native request of its model', () => {
  const file = { name: 'file', filename: 'a.wav', type: 'audio/wav', bytes: new Uint8Array([1, 2, 3]) }

  it.each([
    'qwen3-asr-flash',
    'qwen3-asr-flash-2026-02-10',
    'qwen3-asr-flash-us',
    'qwen-audio-3.1-asr-flash',
  ])('For %s the recording is in a message.', (model) => {
    const options = { prompt: 'Names: Qwen', language: 'en', temperature: 0, enable_itn: true }
    expect(planned(transcribe, model, options, [file])).toMatchObject({
      endpoint: 'multimodal-generation',
      mode: 'whole',
      body: {
        input: {
          messages: [
            { role: 'system', content: [{ text: 'Names: Qwen' }] },
            { role: 'user', content: [{ audio: 'data:audio/wav;base64,AQID' }] },
          ],
        },
        parameters: { asr_options: { language: 'en', enable_itn: true } },
      },
    })
  })

  it.each<[string, object, object]>([
    ['qwen3-asr-flash-filetrans', { file_url: '' }, { language: 'en' }],
    ['fun-asr', { file_urls: [''] }, { language_hints: ['en'] }],
    ['paraformer-v2', { file_urls: [''] }, { language_hints: ['en'] }],
  ])('For %s the request is a task that reads an upload.', (model, input, named) => {
    expect(planned(transcribe, model, { language: 'en' }, [file])).toEqual({
      endpoint: 'transcription',
      path: '/api/v1/services/audio/asr/transcription',
      mode: 'task',
      body: { input, parameters: { channel_id: [0], ...named } },
    })
  })

  it('The type of a recording is the declared one, or that of its file extension.', () => {
    const typed = (type: string | undefined, filename: string) =>
      JSON.stringify(
        planned(transcribe, 'qwen3-asr-flash', {}, [{ ...file, ...(type && { type }), filename }]).body,
      )
    expect(typed('audio/flac', 'a.bin')).toContain('data:audio/flac;')
    expect(typed('application/octet-stream', 'speech.MP3')).toContain('data:audio/mpeg;')
    expect(typed('video/mp4', 'a.mp4')).toContain('data:audio/mp4;')
  })

  it.each<[string, string, object, object[], string]>([
    ['no file', 'qwen3-asr-flash', {}, [], 'file'],
    ['two files', 'qwen3-asr-flash', {}, [file, file], 'file'],
    ['another field', 'qwen3-asr-flash', {}, [{ ...file, name: 'audio' }], 'file'],
    ['an empty file', 'qwen3-asr-flash', {}, [{ ...file, bytes: new Uint8Array(0) }], 'file'],
    ['a text file', 'qwen3-asr-flash', {}, [{ ...file, type: 'text/html', filename: 'a.html' }], 'file'],
    [
      'a long recording',
      'qwen3-asr-flash',
      {},
      [{ ...file, bytes: new Uint8Array(8 * 1024 * 1024) }],
      'file',
    ],
    [
      'times that the model lacks',
      'qwen3-asr-flash',
      { timestamp_granularities: ['word'] },
      [file],
      'timestamp_granularities',
    ],
    [
      'subtitles that the model lacks',
      'qwen3-asr-flash',
      { response_format: 'srt' },
      [file],
      'response_format',
    ],
    ['a stream of a task', 'fun-asr', { stream: true }, [file], 'stream'],
    [
      'a stream in another format',
      'qwen3-asr-flash',
      { stream: true, response_format: 'text' },
      [file],
      'response_format',
    ],
    ['a prompt that the model lacks', 'fun-asr', { prompt: 'Qwen' }, [file], 'prompt'],
    ['a temperature', 'qwen3-asr-flash', { temperature: 0.5 }, [file], 'temperature'],
    ['include', 'qwen3-asr-flash', { include: ['logprobs'] }, [file], 'include'],
    [
      'a wrong granularity',
      'fun-asr',
      { response_format: 'verbose_json', timestamp_granularities: ['line'] },
      [file],
      'timestamp_granularities',
    ],
    ['a realtime model', 'qwen3-asr-flash-realtime', {}, [file], 'model'],
    ['whisper-1', 'whisper-1', {}, [file], 'model'],
  ])('A request with %s is refused.', (_, model, options, files, param) => {
    expect(refused(transcribe, model, options, files as never)).toMatchObject({ reason: 'invalid', param })
  })

  it('An upload is limited by the caps of the key.', () => {
    const request = asked('fun-asr', {}, [file])
    expect(() => transcribe({ ...request, caps: { upload_bytes: 2 } })).toThrow(/at most 2 bytes/)
  })
})

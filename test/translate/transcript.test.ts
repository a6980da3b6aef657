import { describe, expect, it } from 'vitest'
import { toSrt, toVtt, transcriptIn } from '../../src/translate/transcript.ts'
import { messageTranscript } from '../../src/translate/transcript-response.ts'

describe('a transcript', () => {
  const file = {
    properties: { original_duration_in_milliseconds: 61_500 },
    transcripts: [
      {
        text: 'Hello world. Bye.',
        sentences: [
          {
            begin_time: 100,
            end_time: 3820,
            text: 'Hello world.',
            language: 'en',
            words: [{ begin_time: 100, end_time: 596, text: 'Hello ' }],
          },
          { begin_time: 60_000, end_time: 61_499.6, text: 'Bye.\n\nNow' },
        ],
      },
      { text: 'Second channel', sentences: [] },
    ],
  }

  it('A transcript has its sentences and words in seconds.', () => {
    expect(transcriptIn(file)).toEqual({
      text: 'Hello world. Bye.\nSecond channel',
      language: 'en',
      duration: 61.5,
      segments: [
        { start: 0.1, end: 3.82, text: 'Hello world.' },
        { start: 60, end: 61.4996, text: 'Bye.\n\nNow' },
      ],
      words: [{ start: 0.1, end: 0.596, text: 'Hello' }],
    })
  })

  it('A transcript becomes subtitles, in which no text can end a cue.', () => {
    const { segments } = transcriptIn(file)
    expect(toSrt(segments)).toBe(
      '1\n00:00:00,100 --> 00:00:03,820\nHello world.\n\n2\n00:01:00,000 --> 00:01:01,500\nBye. Now\n',
    )
    expect(toVtt(segments)).toBe(
      'WEBVTT\n\n00:00:00.100 --> 00:00:03.820\nHello world.\n\n00:01:00.000 --> 00:01:01.500\nBye. Now\n',
    )
  })

  it('A transcript is empty if DashScope sends nonsense.', () => {
    for (const nonsense of [
      {},
      { transcripts: 7 },
      { transcripts: [{ text: 1, sentences: [null, { words: 'x' }] }] },
    ]) {
      expect(transcriptIn(nonsense)).toMatchObject({ text: expect.any(String), words: [] })
    }
    expect(
      messageTranscript({ choices: [{ message: { content: 'text', annotations: [null] } }] }),
    ).toMatchObject({
      text: '',
      language: '',
    })
  })
})

import { describe, expect, it } from 'vitest'
import { readVideoId, videoId } from '../../src/dashscope/video-id.ts'
import { videoObject } from '../../src/dashscope/video-object.ts'
import { createVideo, downloadVideo, showVideo } from '../../src/translate/videos.ts'
import { asked, planned, refused } from './asked.ts'

const URL = 'https://a.example/1.png'

describe('a request for a video becomes the native request of its model', () => {
  it.each<[string, object, object, object]>([
    ['wan2.6-t2v', { size: '1280x720', seconds: '10' }, {}, { size: '1280*720', duration: 10 }],
    ['wan2.2-i2v-plus', { size: '720x1280', input_reference: URL }, { img_url: URL }, { resolution: '720P' }],
    ['wan2.7-t2v-2026-04-25', { size: '1080x1920' }, {}, { resolution: '1080P', ratio: '9:16' }],
    [
      'happyhorse-1.0-i2v',
      { size: '1280x720', input_reference: { image_url: URL } },
      { media: [{ type: 'first_frame', url: URL }] },
      { resolution: '720P' },
    ],
    ['wan3.0-video', { size: '1280x720', seed: 7 }, {}, { resolution: '720P', ratio: '16:9', seed: 7 }],
    ['kling/kling-v3-video-generation', { size: '720x1280' }, {}, { aspect_ratio: '9:16' }],
    ['MiniMax/MiniMax-H3', {}, {}, { resolution: '768P', ratio: '16:9', duration: 5 }],
    [
      'MiniMax/MiniMax-H3',
      { size: '768x1344', seconds: '8', watermark: true },
      {},
      { resolution: '768P', ratio: '9:16', duration: 8, watermark: true },
    ],
    ['MiniMax-H3', { size: '3440x1440' }, {}, { resolution: '2K', ratio: '21:9', duration: 5 }],
    [
      'MiniMax/MiniMax-H3',
      { size: '2560x1440', input_reference: URL },
      { media: [{ type: 'first_frame', url: URL }] },
      { resolution: '2K', ratio: '16:9', duration: 5 },
    ],
    ['pixverse/pixverse-v6-t2v', {}, {}, { size: '1280*720', duration: 5 }],
    [
      'pixverse/pixverse-c1-it2v',
      { input_reference: URL, seconds: '8', size: '540x960' },
      { media: [{ type: 'image_url', url: URL }] },
      { resolution: '540P', duration: 8 },
    ],
    ['vidu/viduq3-turbo_text2video', { size: '1024x576' }, {}, { size: '1024*576', resolution: '540P' }],
    ['vidu/viduq3-pro_text2video', { size: '1080x1920' }, {}, { size: '1080*1920', resolution: '1080P' }],
    [
      'vidu/viduq3-pro_img2video',
      { input_reference: URL, size: '1280x720' },
      { media: [{ type: 'image', url: URL }] },
      { resolution: '720P' },
    ],
    [
      'wan2.2-t2v-plus',
      { negative_prompt: 'dogs', prompt_extend: false },
      { negative_prompt: 'dogs' },
      { prompt_extend: false },
    ],
  ])('%s with %j', (model, options, input, parameters) => {
    expect(planned(createVideo, model, { prompt: 'a cat', ...options })).toEqual({
      endpoint: 'video-generation',
      path: '/api/v1/services/aigc/video-generation/video-synthesis',
      mode: 'task',
      body: { input: { prompt: 'a cat', ...input }, parameters },
    })
  })

  it.each<[string, object, string]>([
    ['wan2.6-t2v', { prompt: '' }, 'prompt'],
    ['wan2.6-t2v', { seconds: 0 }, 'seconds'],
    ['wan2.6-t2v', { seconds: 'five' }, 'seconds'],
    ['wan2.6-t2v', { seconds: 61 }, 'seconds'],
    ['wan2.6-t2v', { size: '720P' }, 'size'],
    ['wan2.7-t2v', { size: '1792x1024' }, 'size'],
    ['wan2.6-t2v', { input_reference: URL }, 'input_reference'],
    ['wan2.6-i2v', {}, 'input_reference'],
    ['wan2.6-i2v', { input_reference: 'file:///etc/passwd' }, 'input_reference'],
    ['wan2.6-t2v', { remix_id: 'x' }, 'remix_id'],
    ['sora-2', {}, 'model'],
    ['vidu/viduq3-pro_img2video', {}, 'input_reference'],
    ['vidu/viduq2_reference2video', {}, 'model'],
    ['MiniMax/MiniMax-H3', { size: '1280x720' }, 'size'],
    ['MiniMax/MiniMax-H3', { input_reference: 'data:image/png;base64,AA==' }, 'input_reference'],
    ['MiniMax/MiniMax-M3', {}, 'model'],
    ['wan2.2-s2v', {}, 'model'],
  ])('%s refuses %j, naming %s', (model, options, param) => {
    expect(refused(createVideo, model, { prompt: 'a', ...options })).toMatchObject({
      reason: 'invalid',
      param,
    })
  })

  it('A lookup asks for the task in the id of the video.', () => {
    const id = 'task-1_5_1280x720_wan2.6-t2v'
    expect(showVideo({ ...asked('', {}), id })).toMatchObject({ path: '/api/v1/tasks/task-1', id: 'task-1' })
    expect(refused(downloadVideo, '', { variant: 'thumbnail' })).toMatchObject({ param: 'variant' })
    expect(refused(showVideo, '', { limit: '1' })).toMatchObject({ param: 'limit' })
  })
})

describe('the id of a video', () => {
  it.each([
    { task: '0b9cd36a-28e4-4ae8-ab5f-1d4a0c2ba7d2', model: 'wan2.6-t2v', seconds: '5', size: '1280x720' },
    { task: 'task-1', model: 'kling/kling-v3-video-generation', seconds: '10', size: 'auto' },
    { task: 'task-1', model: 'vidu/viduq3-pro_img2video', seconds: '5', size: '1280x720' },
  ])('The id holds the request: %j', (request) => {
    const id = videoId(request)
    expect(id).toMatch(/^[\w.-]{1,128}$/)
    expect(readVideoId(id)).toEqual(request)
  })

  it.each([
    ['a task of the native API', 'task-1'],
    [
      'a name that is too long',
      videoId({ task: 'task-1', model: 'm'.repeat(200), seconds: '5', size: 'auto' }),
    ],
    [
      'a name that a path may not have',
      videoId({ task: 'task-1', model: 'a b', seconds: '5', size: 'auto' }),
    ],
  ])('The id may be the bare task: %s', (_, id) => {
    expect(readVideoId(id)).toEqual({ task: 'task-1', model: '', seconds: '', size: '' })
  })
})

describe('a video', () => {
  const request = { task: 't', model: 'wan2.6-t2v', seconds: '5', size: 'auto' }

  it.each<[object, object]>([
    [{ task_status: 'PENDING' }, { status: 'queued', progress: 0, error: null, created_at: 1_700_000_000 }],
    [
      { task_status: 'RUNNING', submit_time: '2026-11-28 17:38:24.817' },
      { status: 'in_progress', created_at: 1_795_858_704 },
    ],
    [
      { task_status: 'SUCCEEDED', submit_time: '2026-11-28 17:38:24', end_time: '2026-11-28 17:39:24.1' },
      { status: 'completed', progress: 100, completed_at: 1_795_858_764, expires_at: 1_795_945_164 },
    ],
    [
      { task_status: 'FAILED', code: 'DataInspectionFailed', message: 'no' },
      { status: 'failed', error: { code: 'DataInspectionFailed', message: 'no' } },
    ],
    [{ task_status: 'CANCELED' }, { status: 'failed', error: { code: 'canceled' } }],
    [
      { task_status: 'ELSE', submit_time: 'nonsense' },
      { status: 'in_progress', created_at: 1_700_000_000 },
    ],
  ])('The task %j becomes a video.', (output, video) => {
    expect(videoObject('v', request, { ...output }, 1_700_000_000_000)).toMatchObject({
      id: 'v',
      object: 'video',
      model: 'wan2.6-t2v',
      seconds: '5',
      ...video,
    })
  })
})

import type { JsonObject } from '../lib/json/object.ts'
import type { Family } from './plan.ts'

/** A family of video models. */
export interface VideoFamily extends Family {
  /**
   * How the size is given: in pixels with or without a resolution, as a resolution with or without a ratio, or as a
   * ratio alone.
   */
  size: 'pixels' | 'pixels-and-resolution' | 'resolution' | 'resolution-and-ratio' | 'aspect-ratio'
  /** Where the first frame is placed, its type within `media`, and whether the model requires one. */
  reference:
    | { member: 'img_url'; isRequired: boolean }
    | {
        member: 'media'
        type: 'first_frame' | 'image' | 'image_url'
        isRequired: boolean
        /** The model fetches the image, so it cannot be a file or a data URL. */
        isFetched?: true
      }
    | undefined
  /** Names of resolutions by their shorter side, if the model has its own. */
  resolutions?: Readonly<Record<number, string>>
  /** The supported ratios, of which the nearest is chosen; undefined: the model accepts any. */
  ratios?: readonly string[]
  /** Required parameters of the model, for requests without them. */
  defaults?: JsonObject
}

/**
 * Models that generate videos from a text or a first frame (API references of Wan, HappyHorse, Kling, PixVerse, Vidu
 * and MiniMax).
 */
export const VIDEO_MODELS: readonly VideoFamily[] = [
  {
    models: /^(?:wan2\.[0-6]|wanx)[\w.-]*-t2v/,
    endpoint: 'video-generation',
    size: 'pixels',
    reference: undefined,
  },
  {
    models: /^pixverse\/[\w.-]*-t2v/,
    endpoint: 'video-generation',
    size: 'pixels',
    reference: undefined,
    defaults: { size: '1280*720', duration: 5 },
  },
  {
    models: /^pixverse\/[\w.-]*-it2v/,
    endpoint: 'video-generation',
    size: 'resolution',
    reference: { member: 'media', type: 'image_url', isRequired: true },
    defaults: { resolution: '720P', duration: 5 },
  },
  {
    models: /^vidu\/[\w.-]*_text2video/,
    endpoint: 'video-generation',
    size: 'pixels-and-resolution',
    reference: undefined,
  },
  {
    models: /^vidu\/[\w.-]*_img2video/,
    endpoint: 'video-generation',
    size: 'resolution',
    reference: { member: 'media', type: 'image', isRequired: true },
  },
  {
    models: /^(?:wan2\.[0-6]|wanx)[\w.-]*-i2v/,
    endpoint: 'video-generation',
    size: 'resolution',
    reference: { member: 'img_url', isRequired: true },
  },
  {
    models: /^(?:wan2\.[7-9]|wan[3-9]|happyhorse)[\w.-]*-t2v/,
    endpoint: 'video-generation',
    size: 'resolution-and-ratio',
    reference: undefined,
  },
  {
    models: /^(?:wan2\.[7-9]|wan[3-9]|happyhorse)[\w.-]*-i2v/,
    endpoint: 'video-generation',
    size: 'resolution',
    reference: { member: 'media', type: 'first_frame', isRequired: true },
  },
  {
    models: /^wan[3-9][\w.]*-video/,
    endpoint: 'video-generation',
    size: 'resolution-and-ratio',
    reference: { member: 'media', type: 'first_frame', isRequired: false },
  },
  {
    models: /^(?:MiniMax\/)?MiniMax-H\d/,
    endpoint: 'video-generation',
    size: 'resolution-and-ratio',
    reference: { member: 'media', type: 'first_frame', isRequired: false, isFetched: true },
    resolutions: { 768: '768P', 1440: '2K' },
    ratios: ['16:9', '9:16', '1:1', '4:3', '3:4', '21:9'],
    // With a first frame the ratio is ignored.
    defaults: { resolution: '768P', ratio: '16:9', duration: 5 },
  },
  {
    models: /^kling\/[\w.-]*video/,
    endpoint: 'video-generation',
    size: 'aspect-ratio',
    reference: { member: 'media', type: 'first_frame', isRequired: false },
  },
]

/** Names of resolutions by their shorter side, as most models use them. */
export const RESOLUTIONS: Readonly<Record<number, string>> = {
  360: '360P',
  480: '480P',
  540: '540P',
  720: '720P',
  1080: '1080P',
}

/**
 * The resolution of a video by its shorter side, for models with both parameters (Vidu, text to video: a row for each
 * ratio).
 */
export const RESOLUTION_OF_SIDE: Readonly<Record<number, string>> = {
  576: '540P',
  768: '540P',
  1024: '540P',
  720: '720P',
  960: '720P',
  1280: '720P',
  1080: '1080P',
  1440: '1080P',
  1808: '1080P',
}

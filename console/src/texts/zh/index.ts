import type { Texts } from '../en/index.ts'
import { common, door, frame } from './frame.ts'
import { keys } from './keys.ts'
import { doctor, overview, usage } from './pages.ts'
import { play } from './play.ts'
import { api, hooks, jobs, requests } from './requests.ts'

/** 中文。 */
export const texts: Texts = {
  common,
  door,
  frame,
  play,
  usage,
  overview,
  doctor,
  keys,
  requests,
  jobs,
  hooks,
  api,
}

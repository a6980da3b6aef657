import { common, door, frame } from './frame.ts'
import { keys } from './keys.ts'
import { doctor, overview, usage } from './pages.ts'
import { play } from './play.ts'
import { api, hooks, jobs, requests } from './requests.ts'

/** The English texts, and the type of the texts in the other language. */
export const texts = { common, door, frame, play, usage, overview, doctor, keys, requests, jobs, hooks, api }

export type Texts = typeof texts

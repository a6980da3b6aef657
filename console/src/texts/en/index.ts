import { common, door, frame } from './frame.ts'
import { doctor, overview, usage } from './pages.ts'
import { play } from './play.ts'

/** English, and the list of every text that the other language must have too. */
export const texts = { common, door, frame, play, usage, overview, doctor }

export type Texts = typeof texts

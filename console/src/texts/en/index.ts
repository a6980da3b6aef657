import { common, door, frame } from './frame.ts'
import { play } from './play.ts'

/** English, and the list of every text that the other language must have too. */
export const texts = { common, door, frame, play }

export type Texts = typeof texts

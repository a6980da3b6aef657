import type { Texts } from '../en/index.ts'
import { common, door, frame } from './frame.ts'
import { doctor, overview, usage } from './pages.ts'
import { play } from './play.ts'

/** 中文。 */
export const texts: Texts = { common, door, frame, play, usage, overview, doctor }

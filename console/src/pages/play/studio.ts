/** The modes of the playground other than text conversations, as one script. */
export { Make } from './make.tsx'
export { Voice } from './voice.tsx'

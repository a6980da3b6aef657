/** What the playground has besides a conversation in writing, as one script. */
export { Make } from './make.tsx'
export { Voice } from './voice.tsx'

export { readEvents } from './events.ts'

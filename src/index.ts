import { app } from './app.ts'

export { Meter } from './meter/object/meter.ts'

export default { fetch: app.fetch }

/** The parameters of a video request, which DashScope's task does not report. */
export interface VideoRequest {
  /** DashScope's task. */
  task: string
  model: string
  seconds: string
  size: string
}

/** The parts of an id. The model is encoded, since its name may contain a slash. */
const ID = /^([A-Za-z0-9-]+)_(\d+)_([a-z0-9]+)_([\w.-]+)$/

const SLASH = '__'

/** The longest id that a path may have. */
const MAX_ID_CHARACTERS = 128

/** The id of a video: its task and parameters, or only the task if the id would be too long. */
export function videoId({ task, model, seconds, size }: VideoRequest): string {
  const id = [task, seconds, size, model.replaceAll('/', SLASH)].join('_')
  return ID.test(id) && id.length <= MAX_ID_CHARACTERS ? id : task
}

/** Parses the id of a video; the bare id of a task is accepted too. */
export function readVideoId(id: string): VideoRequest {
  const [, task, seconds, size, model] = ID.exec(id) ?? []
  if (task === undefined || seconds === undefined || size === undefined || model === undefined) {
    return { task: id, model: '', seconds: '', size: '' }
  }
  return { task, model: model.replaceAll(SLASH, '/'), seconds, size }
}

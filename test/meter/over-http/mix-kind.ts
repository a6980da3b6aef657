/** What is asked of one path. */
export interface Question {
  path: string
  body: object
  headers?: Record<string, string>
}

/** Some requests of the mix; each kind has its own model, so that its usage can be distinguished. */
export interface Kind {
  kind: string
  /** As the usage names it. */
  model: string
  make: (text: string) => Question
  /** How many of the mix are so. */
  share: number
  /** The status that the caller gets, 200 unless it says otherwise. */
  status?: number
  /** The caller leaves when two frames have arrived. */
  leaves?: boolean
  /** A task, whose result is looked up; or a job, whose response is waited for. */
  later?: 'task' | 'job'
  /** The response ends before its usage has come. */
  isUnseen?: boolean
  /** Asked with limits only: without them the gateway does not ask DashScope for usage. */
  limited?: boolean
  /** How many questions they ask in turn; absent: each its own. */
  questions?: number
  /** Whether they follow each other without anything between. */
  together?: boolean
}

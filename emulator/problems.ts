/** An error, independent of the dialect. `code` is DashScope's native code. */
export interface Problem {
  kind: 'problem'
  status: number
  code: string
  message: string
  param?: string
  retryAfterSeconds?: number
}

/** Status and message by native code, from DashScope's error page. */
const KNOWN: { [code: string]: [status: number, message: string] } = {
  InvalidParameter: [400, 'Required parameter(s) missing or invalid, please check the request parameters.'],
  'BadRequest.EmptyInput': [400, 'Required input parameter missing from request.'],
  'BadRequest.EmptyParameters': [400, 'Required parameter "parameters" missing from request.'],
  'BadRequest.EmptyModel': [400, 'Required parameter "model" missing from request.'],
  'BadRequest.TooLarge': [400, 'Payload Too Large.'],
  'BadRequest.ResourceNotExist': [400, 'The Required resource not exist.'],
  InvalidURL: [400, 'Invalid URL provided in your request.'],
  Arrearage: [400, 'Access denied, please make sure your account is in good standing.'],
  DataInspectionFailed: [400, 'Input or output data may contain inappropriate content.'],
  UnsupportedOperation: [400, 'The operation is unsupported on the referee object.'],
  InvalidApiKey: [401, 'Invalid API-key provided.'],
  AccessDenied: [403, 'Access denied.'],
  'AccessDenied.Unpurchased': [
    403,
    'Access to model denied. Please make sure you are eligible for using the model.',
  ],
  'Model.AccessDenied': [403, 'Model access denied.'],
  'App.AccessDenied': [403, 'App access denied.'],
  'Workspace.AccessDenied': [403, 'Workspace access denied.'],
  'AllocationQuota.FreeTierOnly': [403, 'The free tier of the model has been exhausted.'],
  ModelNotFound: [404, 'Model can not be found.'],
  model_not_supported: [404, 'Unsupported model for OpenAI compatibility mode.'],
  WorkSpaceNotFound: [404, 'WorkSpace can not be found.'],
  NotFound: [404, 'Not found!'],
  Throttling: [429, 'Requests throttling triggered.'],
  'Throttling.RateQuota': [429, 'Requests rate limit exceeded, please try again later.'],
  'Throttling.BurstRate': [
    429,
    'Request rate increased too quickly. To ensure system stability, please adjust your client logic to scale requests more smoothly over time.',
  ],
  'Throttling.AllocationQuota': [429, 'Allocated quota exceeded, please increase your quota limit.'],
  'Throttling.Concurrency': [429, 'Too many concurrent requests.'],
  InternalError: [500, 'An internal error has occured, please try again later or contact service support.'],
  'InternalError.Algo': [500, 'An internal error has occured during algorithm execution.'],
  'InternalError.Timeout': [500, 'An internal timeout error has occured during execution.'],
  RequestTimeOut: [500, 'Request timed out, please try again later.'],
  ModelServingError: [
    503,
    'Too many requests. Your requests are being throttled due to system capacity limits. Please try again later.',
  ],
  ModelUnavailable: [503, 'Model is unavailable, please try again later.'],
}

/** The code of a status, for faults that give only the status. */
const CODE_BY_STATUS: { [status: number]: string } = {
  400: 'InvalidParameter',
  401: 'InvalidApiKey',
  403: 'AccessDenied',
  404: 'ModelNotFound',
  429: 'Throttling.RateQuota',
  500: 'InternalError',
  503: 'ModelUnavailable',
}

/** The problem for a native code; message and status default to those of the error page. */
export function problem(code: string, message?: string, status?: number): Problem {
  const [knownStatus, knownMessage] = KNOWN[code] ?? [400, `The request failed with ${code}.`]
  return { kind: 'problem', status: status ?? knownStatus, code, message: message ?? knownMessage }
}

/** A 400 InvalidParameter problem with a message. */
export function invalid(message: string): Problem {
  return problem('InvalidParameter', message)
}

/** The most common problem with an HTTP status. */
export function problemByStatus(status: number): Problem {
  return problem(CODE_BY_STATUS[status] ?? 'InternalError', undefined, status)
}

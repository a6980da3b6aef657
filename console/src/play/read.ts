import { asObject } from '../gateway/failure.ts'

/** The object at a path through objects and lists; an empty object if something is missing. */
export function at(value: unknown, ...path: (string | number)[]): Record<string, unknown> {
  let found: unknown = value
  for (const step of path) found = asObject(found)[step]
  return asObject(found)
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

export function number(value: unknown): number {
  return typeof value === 'number' ? value : 0
}

export function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

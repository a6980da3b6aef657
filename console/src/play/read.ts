import { asObject } from '../gateway/failure.ts'

/** Reads through objects and lists; an empty object where something is missing. */
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

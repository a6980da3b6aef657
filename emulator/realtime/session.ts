import type { Call } from '../calls.ts'
import type { JsonObject } from '../json.ts'

/** One socket of the emulator: the interface for the state machines. */
export interface Session {
  /** Sends a text frame. */
  send: (message: JsonObject) => void
  /** Sends a binary frame. */
  sendBytes: (bytes: Uint8Array) => void
  close: (code: number, reason: string) => void
  /**
   * Runs a function later; DashScope's times are shortened by {@link PACE}. Nothing runs after the socket has closed.
   */
  after: (milliseconds: number, run: () => void) => () => void
  call: Call
  /** Records the usage so far of a part of the socket (a task or a response), for the log and the bill. */
  used: (part: string, usage: JsonObject) => void
}

/** One of DashScope's minutes takes three seconds here. */
export const PACE = 1 / 20

/** Handlers for the frames of one socket. */
export interface Listener {
  text: (text: string) => void
  bytes: (bytes: Uint8Array) => void
}

/** The number of billed characters: two for a Han character, one for any other. */
export function billedCharacters(text: string): number {
  return Array.from(text).length + (text.match(/\p{Script=Han}/gu)?.length ?? 0)
}

/** Splits a text after each sentence. */
export function sentencesIn(text: string): string[] {
  return text.match(/[^。！？.!?\n]*[。！？.!?\n]+|[^。！？.!?\n]+$/g) ?? []
}

/** The complete sentences at the beginning of a text, and the rest. */
export function takeSentences(text: string): { sentences: string[]; rest: string } {
  const all = sentencesIn(text)
  const last = all.at(-1) ?? ''
  const isOpen = last !== '' && !/[。！？.!?\n]$/.test(last)
  return { sentences: isOpen ? all.slice(0, -1) : all, rest: isOpen ? last : '' }
}

import type { Call } from '../calls.ts'
import type { JsonObject } from '../json.ts'

/** One socket of the emulator: what a dialect's state machine may do with it. */
export interface Session {
  /** Sends a text frame. */
  send: (message: JsonObject) => void
  /** Sends a binary frame. */
  sendBytes: (bytes: Uint8Array) => void
  close: (code: number, reason: string) => void
  /** Runs later; DashScope's times are shortened by {@link PACE}. Nothing runs once the socket has closed. */
  after: (milliseconds: number, run: () => void) => () => void
  call: Call
  /** Marks what a part of the socket, a task or a response, has used so far, for the log and the bill. */
  used: (part: string, usage: JsonObject) => void
}

/** One of DashScope's minutes takes three seconds here. */
export const PACE = 1 / 20

/** What reacts to the frames of one socket. */
export interface Listener {
  text: (text: string) => void
  bytes: (bytes: Uint8Array) => void
}

/** Number of characters that DashScope bills: two for a Han character, one for any other. */
export function billedCharacters(text: string): number {
  return Array.from(text).length + (text.match(/\p{Script=Han}/gu)?.length ?? 0)
}

/** Cuts a text after each sentence. */
export function sentencesIn(text: string): string[] {
  return text.match(/[^。！？.!?\n]*[。！？.!?\n]+|[^。！？.!?\n]+$/g) ?? []
}

/** A complete sentence at the beginning of a text, and the rest. */
export function takeSentences(text: string): { sentences: string[]; rest: string } {
  const all = sentencesIn(text)
  const last = all.at(-1) ?? ''
  const isOpen = last !== '' && !/[。！？.!?\n]$/.test(last)
  return { sentences: isOpen ? all.slice(0, -1) : all, rest: isOpen ? last : '' }
}

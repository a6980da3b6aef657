import type { Finding } from '../../src/edge/health/finding.ts'
import { GatewayRefusal } from '../operator.ts'
import { checkAddress, checkFront, checkInside, checkMachineClock } from './checks.ts'
import type { Command, Input, Outcome } from './command.ts'
import { fetchResponse, type Gateway, type GatewayResponse } from './gateway.ts'
import { showable } from './table.ts'

/** Checks a deployment from outside, and by its deep health check. */
export const doctorCommand: Command = {
  words: 'doctor',
  summary: 'check a deployment, with a fix for each finding',
  options: {},
  flags: [],
  run: doctor,
}

async function doctor({ json }: Input, gateway: Gateway): Promise<Outcome> {
  const findings = [...checkAddress(gateway.address), ...(await examine(gateway))]
  const text = json ? JSON.stringify({ gateway: gateway.address, findings }) : reportText(gateway, findings)
  return { text, code: findings.every(({ ok }) => ok) ? 0 : 1 }
}

/**
 * The findings that make requests fail, for a gateway that was just started or deployed.
 *
 * @returns two lines for each finding: the problem and its fix; empty if nothing is broken.
 */
export async function faultsOf(gateway: Gateway): Promise<string> {
  const findings = await examine(gateway)
  return linesOf(findings.filter(({ ok }) => !ok)).join('\n')
}

/** Each step runs only if the previous one succeeded. */
async function examine(gateway: Gateway): Promise<Finding[]> {
  const front = checkFront(
    gateway.address,
    await responseOf({ ...gateway, adminToken: undefined }, '/edge/health'),
  )
  if (!front.ok) return [front]
  const deep = await responseOf(gateway, '/edge/health?deep=1')
  const { findings, checkedAt } = checkInside(gateway, deep)
  const clock = checkedAt === undefined ? [] : [checkMachineClock(checkedAt, Date.now())]
  return [front, ...clock, ...findings]
}

async function responseOf(gateway: Gateway, path: string): Promise<GatewayResponse> {
  try {
    return await fetchResponse(gateway, 'GET', path)
  } catch (error) {
    if (error instanceof GatewayRefusal) return { status: 0, text: error.message }
    throw error
  }
}

function reportText({ address }: Gateway, findings: readonly Finding[]): string {
  return [address, ...linesOf(findings), '', verdict(findings)].join('\n')
}

function linesOf(findings: readonly Finding[]): string[] {
  const width = Math.max(...findings.map(({ check }) => check.length))
  return findings.map(({ check, ok, says, fix }) => {
    const mark = !ok ? 'broken ' : fix === undefined ? 'ok     ' : 'warning'
    const indent = ' '.repeat(mark.length + width + 4)
    return `${mark}  ${showable(check).padEnd(width)}  ${showable(says)}${fix === undefined ? '' : `\n${indent}→ ${showable(fix)}`}`
  })
}

function verdict(findings: readonly Finding[]): string {
  const serious = findings.filter(({ ok }) => !ok).length
  const doubtful = findings.filter(({ ok, fix }) => ok && fix !== undefined).length
  if (serious > 0) return `${count(serious, 'thing')} broken, ${count(doubtful, 'warning')}.`
  return doubtful > 0 ? `It works, with ${count(doubtful, 'warning')}.` : 'Everything is in order.'
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`
}

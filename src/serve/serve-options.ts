import { parseArgs } from 'node:util'
import type { Speed } from './run-in-real-time.ts'

export type ServeOptions = {
  readonly port: number
  readonly seed: number
  readonly nodes: number
  readonly nodeCapacity: { readonly cpu: string; readonly memory: string; readonly pods: string }
  readonly speed: Speed
  /** The time at the start, in Unix milliseconds; the host's where none is given. */
  readonly epochMs: number | undefined
  readonly firstRevision: number
  readonly timings: Timings
  readonly without: readonly string[]
  readonly featureGates: Readonly<Record<string, boolean>>
  readonly auditLog: string | undefined
  readonly kubeconfig: string | undefined
}

const TIMINGS = ['instant', 'kind', 'cloud'] as const
type Timings = (typeof TIMINGS)[number]

const DEFAULT_CAPACITY = { cpu: '8', memory: '32Gi', pods: '110' }

/** A flag that cannot be read; its message is for the person who typed it. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export function parseServeOptions(args: readonly string[]): ServeOptions {
  const { values } = readFlags(args)
  return {
    port: wholeNumber('port', values.port),
    seed: wholeNumber('seed', values.seed),
    nodes: wholeNumber('nodes', values.nodes),
    nodeCapacity: capacityOf(values['node-capacity']),
    speed: speedOf(values.speed),
    timings: timingsOf(values.timings),
    epochMs: instantOf(values.epoch),
    firstRevision: wholeNumber('first-revision', values['first-revision']),
    without: (values.without ?? []).flatMap(commaList),
    // What is served is compared with recordings of a distribution that has this switched on.
    featureGates: { ServiceCABundle: true, ...gatesOf(values['feature-gates'] ?? []) },
    auditLog: values['audit-log'],
    kubeconfig: values.kubeconfig,
  }
}

function readFlags(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: 'string', default: '8001' },
        seed: { type: 'string', default: '1' },
        nodes: { type: 'string', default: '3' },
        'node-capacity': { type: 'string', default: '' },
        speed: { type: 'string', default: '1' },
        epoch: { type: 'string' },
        // Where the store stood whose server the recordings were made on.
        'first-revision': { type: 'string', default: '53037' },
        timings: { type: 'string', default: 'kind' },
        without: { type: 'string', multiple: true },
        'feature-gates': { type: 'string', multiple: true },
        'audit-log': { type: 'string' },
        kubeconfig: { type: 'string' },
      },
    })
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(error.message, { cause: error })
    throw error
  }
}

function commaList(text: string): string[] {
  return text.split(',').filter((part) => part !== '')
}

function wholeNumber(flag: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new UsageError(`--${flag}: expected a whole number, got ${text}`)
  return Number(text)
}

function speedOf(text: string): Speed {
  if (text === 'max') return 'max'
  const factor = Number(text)
  if (!(factor > 0)) throw new UsageError(`--speed: expected a factor above 0 or max, got ${text}`)
  return factor
}

function instantOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const unixMs = Date.parse(text)
  if (Number.isNaN(unixMs))
    throw new UsageError(`--epoch: expected a time such as 2026-01-02T03:04:05Z, got ${text}`)
  return unixMs
}

function timingsOf(text: string): Timings {
  const found = TIMINGS.find((one) => one === text)
  if (found === undefined)
    throw new UsageError(`--timings: expected one of ${TIMINGS.join(', ')}, got ${text}`)
  return found
}

function capacityOf(text: string): ServeOptions['nodeCapacity'] {
  const given = pairs('node-capacity', text)
  const unknown = given.find(([key]) => !Object.hasOwn(DEFAULT_CAPACITY, key))
  if (unknown !== undefined)
    throw new UsageError(`--node-capacity: expected pods, cpu or memory, got ${unknown[0]}`)
  return { ...DEFAULT_CAPACITY, ...Object.fromEntries(given) }
}

function pairs(flag: string, text: string): [string, string][] {
  return commaList(text).map((part) => {
    const [key = '', value = ''] = part.split('=')
    if (key === '' || value === '')
      throw new UsageError(`--${flag}: expected key=value, got ${part}`)
    return [key, value]
  })
}

function gatesOf(texts: readonly string[]): Record<string, boolean> {
  const gates: Record<string, boolean> = {}
  for (const [gate, value] of texts.flatMap((text) => pairs('feature-gates', text))) {
    if (value !== 'true' && value !== 'false')
      throw new UsageError(`--feature-gates: expected ${gate}=true or ${gate}=false, got ${value}`)
    gates[gate] = value === 'true'
  }
  return gates
}

import type { ResourceName } from '#sim/apimachinery/kinds.ts'
import type { Call } from '#sim/apimachinery/request.ts'
import { Client } from '#sim/client/client.ts'
import type { Faults } from './faults.ts'
import { FAULT_VERBS, FAULTS, type FaultVerb } from './table.ts'

const PROBES = ['readiness', 'liveness', 'startup']
const SHORT: Readonly<Record<string, string>> = {
  '-n': '--namespace',
  '-c': '--container',
  '-p': '--probe',
  '-b': '--by',
}

/** What Tab offers behind `fault`: verbs, names of what there is, and of what can be ended. */
export function createFaultComplete(options: {
  readonly faults: Faults
  readonly call: Call
  readonly user: string
}): (words: readonly string[]) => readonly string[] {
  const { faults, call, user } = options
  const client = new Client({ call, user, userAgent: 'fault' })
  const names = (resource: ResourceName, namespace?: string): readonly string[] =>
    client
      .resource(resource)
      .list(namespace === undefined ? {} : { namespace })
      .items.map(({ metadata }) => metadata.name)
      .sort()

  return ([, ...words]) => {
    const line = parse(words)
    const verb = FAULT_VERBS.find((one) => one === line.operands[0])
    if (line.valueOf === '--probe') return PROBES.map((probe) => line.lead + probe)
    if (line.valueOf === '--namespace') {
      return names('namespaces').map((name) => line.lead + name)
    }
    if (line.valueOf !== undefined) return []
    if (line.word.startsWith('-')) return flagsOf(verb)
    if (line.operands.length === 0) return ['help', 'list', ...FAULT_VERBS].sort()
    if (verb === undefined || line.operands.length > 1) return []
    return targets(verb, line.namespace)
  }

  function targets(verb: FaultVerb, namespace: string): readonly string[] {
    const { on, ends } = FAULTS[verb]
    if (ends !== undefined) {
      const lasting = faults.active.filter((fault) => ends.includes(fault.verb))
      return [...new Set(lasting.map(({ target }) => target).filter((target) => target !== ''))]
    }
    switch (on) {
      case 'node':
        return names('nodes')
      case 'pod':
        return names('pods', namespace)
      case 'claim':
        return names('persistentvolumeclaims', namespace)
      case 'image':
        return imagesIn(client)
      case 'nothing':
        return []
    }
  }
}

function imagesIn(client: Client): readonly string[] {
  const pods = client.resource('pods').list().items
  const images = pods.flatMap((pod) => pod.spec?.containers.map(({ image = '' }) => image) ?? [])
  return [...new Set(images)].sort()
}

function flagsOf(verb: FaultVerb | undefined): readonly string[] {
  if (verb === undefined) return ['--help']
  return ['--help', ...FAULTS[verb].options.map((option) => `--${option}=`)]
}

type Line = {
  readonly word: string
  readonly operands: readonly string[]
  /** The option whose value the word is, and what stands before that value in the word. */
  readonly valueOf: string | undefined
  readonly lead: string
  readonly namespace: string
}

function parse(words: readonly string[]): Line {
  const word = words.at(-1) ?? ''
  const operands: string[] = []
  let namespace = 'default'
  let open: string | undefined
  for (const one of words.slice(0, -1)) {
    if (open !== undefined) {
      if (open === '--namespace') namespace = one
      open = undefined
    } else if (!one.startsWith('-')) operands.push(one)
    else if (one.startsWith('--namespace=')) namespace = one.slice('--namespace='.length)
    else if (!one.includes('=') && one !== '--help') open = SHORT[one] ?? one
  }
  const inline = /^(--\w+)=/.exec(word)
  if (inline === null) return { word, operands, valueOf: open, lead: '', namespace }
  return { word, operands, valueOf: inline[1], lead: inline[0], namespace }
}

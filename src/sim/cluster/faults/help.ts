import { BY_KUBECTL, FAULT_VERBS, type FaultOption, FAULTS, type FaultVerb } from './table.ts'

const OPTIONS: Readonly<Record<FaultOption, string>> = {
  namespace: '-n, --namespace=NAME   the namespace; otherwise "default"',
  container: "-c, --container=NAME   the container; otherwise the Pod's first",
  probe: '-p, --probe=KIND       readiness, liveness or startup; otherwise the first there is',
  by: '-b, --by=TIME          how much longer, such as 30s or 2m; otherwise 30s',
}

export function helpText(): string {
  const rows = FAULT_VERBS.map((verb) => [usage(verb), FAULTS[verb].does] as const)
  const others = Object.values(BY_KUBECTL).map((command) => `  ${command}`)
  return [
    'Usage: fault VERB [TARGET] [OPTION]...',
    'Breaks the cluster on purpose, and mends it. It touches machines and networks, never the',
    'API: what follows, follows as in any cluster.',
    '',
    ...rows.map(([words, does]) => `  ${words}\n      ${does}`),
    '  list\n      Lists what is broken, and the command that ends it.',
    '',
    "fault VERB --help tells a verb's options. What kubectl does is left to it:",
    ...others,
    '',
  ].join('\n')
}

export function verbHelpText(verb: FaultVerb): string {
  const { does, options } = FAULTS[verb]
  return [
    `Usage: fault ${usage(verb)}`,
    does,
    ...(options.length === 0 ? [] : ['', ...options.map((option) => `  ${OPTIONS[option]}`)]),
    '',
  ].join('\n')
}

function usage(verb: FaultVerb): string {
  const { on, isForAll, options } = FAULTS[verb]
  const target =
    on === 'nothing' ? '' : isForAll === true ? ` [${on.toUpperCase()}]` : ` ${on.toUpperCase()}`
  return `${verb}${target}${options.length > 0 ? ' [OPTION]...' : ''}`
}

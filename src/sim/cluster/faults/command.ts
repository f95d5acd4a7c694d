import { formatTime } from '#sim/kernel/time.ts'
import type { OsProcess, Program } from '#sim/kernel/os/types.ts'
import {
  complain,
  type Options,
  parseOptions,
  toolProgram,
  UsageError,
} from '#sim/shell/utilities/tool.ts'
import { actWords, endingOf, type FaultAct, faultCommand } from './act.ts'
import type { Faults } from './faults.ts'
import { helpText, verbHelpText } from './help.ts'
import { FAULT_VERBS, type FaultOption, type FaultVerb } from './table.ts'

const STATUS_USAGE = 2
const LETTERS: readonly (readonly [letter: string, option: FaultOption])[] = [
  ['n', 'namespace'],
  ['c', 'container'],
  ['p', 'probe'],
  ['b', 'by'],
]

/** `fault`, the workstation's tool that breaks and mends the cluster it belongs to. */
export function createFaultCommand(faults: Faults): Program {
  return toolProgram((proc) => runFault(proc, faults), 'gnu')
}

function* runFault(proc: OsProcess, faults: Faults): ReturnType<Program> {
  const options = parseOptions(proc.argv.slice(1), {
    flags: 'h',
    values: LETTERS.map(([letter]) => letter).join(''),
    long: {
      help: 'h',
      ...Object.fromEntries(LETTERS.map(([letter, option]) => [option, letter])),
    },
    status: STATUS_USAGE,
  })
  const [word = 'help', target = '', ...rest] = options.operands
  const verb = FAULT_VERBS.find((one) => one === word)
  if (verb !== undefined && options.has('h')) yield* proc.write(1, verbHelpText(verb))
  else if (word === 'help' || options.has('h')) yield* proc.write(1, helpText())
  else if (rest.length > 0) throw new UsageError(`extra operand '${rest[0]}'`, STATUS_USAGE)
  else if (word === 'list') yield* proc.write(1, listText(faults))
  else return yield* applyFault(proc, faults, actOf(word, target, options))
  return 0
}

function actOf(word: string, target: string, given: Options): FaultAct {
  const options: Partial<Record<FaultOption, string>> = {}
  for (const [letter, option] of LETTERS) {
    const value = given.value(letter)
    if (value !== undefined) options[option] = value
  }
  // What is no verb is refused with the rest of what is wrong.
  return { verb: word as FaultVerb, target: target.replace(/^(pods?|nodes?|pvc)\//, ''), options }
}

function* applyFault(proc: OsProcess, faults: Faults, asked: FaultAct): ReturnType<Program> {
  try {
    const act = faults.apply(asked)
    yield* proc.write(1, `${actWords(act)}\n`)
    return 0
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    yield* complain(proc, error.message)
    return 1
  }
}

function listText(faults: Faults): string {
  if (faults.active.length === 0) return 'Nothing is broken on purpose.\n'
  const rows = faults.active.map((fault) => {
    const end = endingOf(fault)
    const what = actWords(fault)
    return [what, formatTime(fault.time), end === undefined ? '' : faultCommand(end)]
  })
  const all = [['FAULT', 'SINCE', 'ENDS WITH'], ...rows]
  const widths = [0, 1].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)) + 3)
  return all
    .map(([what = '', since = '', end = '']) =>
      `${what.padEnd(widths[0] ?? 0)}${since.padEnd(widths[1] ?? 0)}${end}`.trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('')
}

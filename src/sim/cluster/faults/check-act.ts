import type { FaultAct } from './act.ts'
import { refuse } from './refuse.ts'
import { BY_KUBECTL, FAULT_VERBS, FAULTS } from './table.ts'

/** Whether an act has what its verb asks for, and nothing else. Throws RangeError where not. */
export function checkAct(act: FaultAct): void {
  const { verb, target, options } = act
  if (!FAULT_VERBS.includes(verb)) refuse({ ...act, target: '' }, 'no such fault', wayOutOf(verb))
  const { on, isForAll, options: allowed } = FAULTS[verb]
  if (on === 'nothing' && target !== '') {
    refuse(act, 'it is done to nothing in particular', `use: fault ${verb}`)
  }
  if (target === '' && on !== 'nothing' && isForAll !== true) {
    refuse(act, `which ${on}?`, `use: fault ${verb} ${on.toUpperCase()}`)
  }
  // The keys of options that came over a wire may be anything.
  for (const option of Object.keys(options) as (typeof allowed)[number][]) {
    if (!allowed.includes(option)) {
      const others = allowed.map((one) => `--${one}`).join(', ')
      refuse(
        act,
        `it has no option --${option}`,
        others === '' ? 'leave it out' : `it has ${others}`,
      )
    }
  }
}

function wayOutOf(verb: string): string {
  const command = Object.hasOwn(BY_KUBECTL, verb) ? BY_KUBECTL[verb] : undefined
  return command === undefined ? `there are: ${FAULT_VERBS.join(', ')}` : `use: ${command}`
}

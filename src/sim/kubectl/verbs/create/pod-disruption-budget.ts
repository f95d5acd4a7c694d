import { CliError } from '../../errors.ts'
import type { Verb } from '../../verb.ts'
import { createGenerated, GENERATOR_FLAGS, labelsFrom, onlyName } from './generate.ts'

export const podDisruptionBudget: Verb = {
  name: 'poddisruptionbudget',
  aliases: ['pdb'],
  summary: 'Create a pod disruption budget with the specified name',
  usage: 'create poddisruptionbudget NAME --selector=SELECTOR --min-available=N',
  flags: [
    ...GENERATOR_FLAGS,
    { name: 'selector', type: 'string', usage: 'Labels of the Pods' },
    {
      name: 'min-available',
      type: 'string',
      usage: 'Pods that must stay, a number or a percentage',
    },
    { name: 'max-unavailable', type: 'string', usage: 'Pods that may be missing' },
  ],
  *run(cli) {
    const name = onlyName(cli)
    const { flags } = cli
    const minimum = flags.string('min-available')
    const maximum = flags.string('max-unavailable')
    if (flags.string('selector') === '') throw new CliError('a selector must be specified')
    if (minimum === '' && maximum === '') {
      throw new CliError('one of min-available or max-unavailable must be specified')
    }
    if (minimum !== '' && maximum !== '') {
      throw new CliError('min-available and max-unavailable cannot be both specified')
    }
    yield* createGenerated(cli, {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name },
      spec: {
        ...(minimum === '' ? {} : { minAvailable: intOrPercent(minimum) }),
        ...(maximum === '' ? {} : { maxUnavailable: intOrPercent(maximum) }),
        selector: { matchLabels: labelsFrom(flags.string('selector')) },
      },
      ...(cli.isOld ? {} : { status: NO_STATUS }),
    })
  },
}

/** These counts are not left out where they are nought. */
const NO_STATUS = { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 }

function intOrPercent(text: string): number | string {
  return /^\d+$/.test(text) ? Number(text) : text
}

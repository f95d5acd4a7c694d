import type { Verb } from '../../verb.ts'
import { createGenerated, GENERATOR_FLAGS, onlyName } from './generate.ts'

export const namespace: Verb = {
  name: 'namespace',
  aliases: ['ns'],
  summary: 'Create a namespace with the specified name',
  usage: 'create namespace NAME [--dry-run=server|client|none]',
  flags: GENERATOR_FLAGS,
  *run(cli) {
    const name = onlyName(cli)
    yield* createGenerated(cli, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
      spec: {},
      status: {},
    })
  },
}

export const serviceAccount: Verb = {
  name: 'serviceaccount',
  aliases: ['sa'],
  summary: 'Create a service account with the specified name',
  usage: 'create serviceaccount NAME [--dry-run=server|client|none]',
  flags: GENERATOR_FLAGS,
  *run(cli) {
    const name = onlyName(cli)
    yield* createGenerated(cli, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } })
  },
}

export const priorityClass: Verb = {
  name: 'priorityclass',
  aliases: ['pc'],
  summary: 'Create a priority class with the specified name',
  usage: 'create priorityclass NAME --value=VALUE',
  flags: [
    ...GENERATOR_FLAGS,
    { name: 'value', type: 'int32', default: '0', usage: 'The value of the class' },
    { name: 'global-default', type: 'bool', usage: 'Make it the default' },
    { name: 'description', type: 'string', usage: 'What the class is for' },
    {
      name: 'preemption-policy',
      type: 'string',
      default: 'PreemptLowerPriority',
      usage: 'Never or PreemptLowerPriority',
    },
  ],
  *run(cli) {
    const name = onlyName(cli)
    const { flags } = cli
    yield* createGenerated(cli, {
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name },
      value: flags.int('value'),
      ...(flags.bool('global-default') ? { globalDefault: true } : {}),
      ...(flags.string('description') === '' ? {} : { description: flags.string('description') }),
      preemptionPolicy: flags.string('preemption-policy'),
    })
  },
}

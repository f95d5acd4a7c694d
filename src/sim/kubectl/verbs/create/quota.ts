import { amountsFrom } from '../../quantities.ts'
import type { Verb } from '../../verb.ts'
import { createGenerated, GENERATOR_FLAGS, onlyName } from './generate.ts'

export const quota: Verb = {
  name: 'quota',
  aliases: ['resourcequota'],
  summary: 'Create a quota with the specified name',
  usage: 'create quota NAME [--hard=key1=value1,key2=value2] [--scopes=Scope1,Scope2]',
  flags: [
    ...GENERATOR_FLAGS,
    { name: 'hard', type: 'string', usage: 'Resources and how much of each there may be' },
    { name: 'scopes', type: 'string', usage: 'Which objects count' },
  ],
  *run(cli) {
    const name = onlyName(cli)
    const hard = amountsFrom(cli.flags.string('hard'))
    const scopes = cli.flags.string('scopes')
    yield* createGenerated(cli, {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name },
      spec: {
        ...(Object.keys(hard).length === 0 ? {} : { hard }),
        ...(scopes === '' ? {} : { scopes: scopes.split(',') }),
      },
      status: {},
    })
  },
}

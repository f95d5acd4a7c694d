import type { Verb } from '../../verb.ts'
import { configMap } from './config-map.ts'
import { namespace, priorityClass, serviceAccount } from './simple.ts'
import { deployment, job } from './workloads.ts'
import { podDisruptionBudget } from './pod-disruption-budget.ts'
import { quota } from './quota.ts'
import { secret } from './secret.ts'
import { service } from './service.ts'

export const CREATE_SUBCOMMANDS: readonly Verb[] = [
  namespace,
  secret,
  configMap,
  serviceAccount,
  service,
  deployment,
  job,
  podDisruptionBudget,
  priorityClass,
  quota,
]

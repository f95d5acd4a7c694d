import type { Verb } from './verb.ts'
import { annotate } from './verbs/annotate.ts'
import { apply } from './verbs/apply.ts'
import { attach } from './verbs/attach.ts'
import { auth } from './verbs/auth.ts'
import { config } from './verbs/config.ts'
import { cp } from './verbs/cp.ts'
import { create } from './verbs/create.ts'
import { remove } from './verbs/delete.ts'
import { describe } from './verbs/describe.ts'
import { diff } from './verbs/diff.ts'
import { drain } from './verbs/drain.ts'
import { edit } from './verbs/edit.ts'
import { events } from './verbs/events.ts'
import { exec } from './verbs/exec.ts'
import { explain } from './verbs/explain.ts'
import { expose } from './verbs/expose.ts'
import { apiResources, apiVersions, clusterInfo, version } from './verbs/facts.ts'
import { get } from './verbs/get.ts'
import { label } from './verbs/label.ts'
import { logs } from './verbs/logs.ts'
import { cordon, uncordon } from './verbs/nodes.ts'
import { patch } from './verbs/patch.ts'
import { portForward } from './verbs/port-forward.ts'
import {
  autoscale,
  certificate,
  completion,
  debug,
  kustomize,
  options,
  plugin,
  proxy,
  top,
} from './verbs/refused.ts'
import { replace } from './verbs/replace.ts'
import { rollout } from './verbs/rollout.ts'
import { run } from './verbs/run.ts'
import { scale } from './verbs/scale.ts'
import { set } from './verbs/set.ts'
import { taint } from './verbs/taint.ts'
import { wait } from './verbs/wait.ts'

/** Every verb, in the order in which the real program registers them. */
export const ROOT_VERBS: readonly Verb[] = [
  create,
  expose,
  run,
  set,
  explain,
  get,
  edit,
  remove,
  rollout,
  scale,
  autoscale,
  certificate,
  clusterInfo,
  top,
  cordon,
  uncordon,
  drain,
  taint,
  describe,
  logs,
  attach,
  exec,
  portForward,
  proxy,
  cp,
  auth,
  debug,
  events,
  diff,
  apply,
  patch,
  replace,
  wait,
  kustomize,
  label,
  annotate,
  completion,
  apiResources,
  apiVersions,
  config,
  plugin,
  version,
  options,
]

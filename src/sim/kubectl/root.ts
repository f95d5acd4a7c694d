import type { Verb } from './verb.ts'
import { apply } from './verbs/apply.ts'
import { attach } from './verbs/attach.ts'
import { create } from './verbs/create.ts'
import { remove } from './verbs/delete.ts'
import { exec } from './verbs/exec.ts'
import { get } from './verbs/get.ts'
import { logs } from './verbs/logs.ts'
import { patch } from './verbs/patch.ts'
import { run } from './verbs/run.ts'
import { scale } from './verbs/scale.ts'

/** Every verb, in the order in which the real program registers them. */
export const ROOT_VERBS: readonly Verb[] = [
  create,
  run,
  get,
  remove,
  scale,
  logs,
  attach,
  exec,
  apply,
  patch,
]

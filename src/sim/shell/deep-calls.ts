import type { Suspension, Task, Wait } from '#sim/kernel/process.ts'

/**
 * Nested `yield*` uses the engine's stack at every step, so a recursive shell function would
 * overflow it after some dozen levels, and after how many would depend on the browser. A deep call
 * is handed to the driver at the bottom instead, which keeps its own stack of tasks.
 */
type DeepCall = Suspension & { readonly deepCall: Task<unknown> }

/** Runs a task on the driver's stack. Only inside of `withDeepCalls`. */
export function* deepCall<T>(task: Task<T>): Task<T> {
  const call: DeepCall = Object.assign((): undefined => undefined, { deepCall: task })
  // The driver resumes with exactly what the task returned.
  return (yield call) as T
}

/** The driver: runs a task and every deep call made in it. */
export function* withDeepCalls<T>(task: Task<T>): Task<T> {
  const stack: Task<unknown>[] = [task]
  let resume: Resume = { type: 'next', value: undefined }
  try {
    for (;;) {
      const step = advance(stack, resume)
      if (step.type === 'finished') return step.value as T // The bottom task's own result.
      if (step.type === 'resume') {
        resume = step.resume
        continue
      }
      try {
        resume = { type: 'next', value: yield step.wait }
      } catch (error) {
        resume = { type: 'throw', error }
      }
    }
  } finally {
    // Killed while waiting: the innermost unwinds first.
    while (stack.length > 0) stack.pop()?.return(undefined)
  }
}

type Resume =
  | { readonly type: 'next'; readonly value: unknown }
  | { readonly type: 'throw'; readonly error: unknown }

type Step =
  | { readonly type: 'finished'; readonly value: unknown }
  | { readonly type: 'resume'; readonly resume: Resume }
  | { readonly type: 'wait'; readonly wait: Wait }

function advance(stack: Task<unknown>[], resume: Resume): Step {
  const top = stack.at(-1)
  if (top === undefined) throw new Error('no task left to run')
  let result: IteratorResult<Wait, unknown>
  try {
    result = resume.type === 'next' ? top.next(resume.value) : top.throw(resume.error)
  } catch (error) {
    stack.length--
    if (stack.length === 0) throw error
    return { type: 'resume', resume: { type: 'throw', error } }
  }
  if (result.done === true) {
    stack.length--
    if (stack.length === 0) return { type: 'finished', value: result.value }
    return { type: 'resume', resume: { type: 'next', value: result.value } }
  }
  if (!isDeepCall(result.value)) return { type: 'wait', wait: result.value }
  stack.push(result.value.deepCall)
  return { type: 'resume', resume: { type: 'next', value: undefined } }
}

function isDeepCall(wait: Wait): wait is DeepCall {
  return typeof wait === 'function' && 'deepCall' in wait
}

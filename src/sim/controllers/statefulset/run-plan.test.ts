import { RetryError } from '#sim/client/reconciler.ts'
import { describe, expect, it } from 'vitest'
import type { Plan, PodAction, StagedAction } from './pass.ts'
import { PodTally } from './pod-tally.ts'
import { runPlan } from './run-plan.ts'

const counted = { tally: new PodTally(), pods: [] }

function plan(parts: Partial<Plan>): Plan {
  return { replicas: [], condemnedClaims: [], condemned: [], update: [], counted, ...parts }
}

function creations(count: number): StagedAction[] {
  return Array.from({ length: count }, (_, index) => ({
    index,
    action: { type: 'create', ordinal: index, revision: 'update' },
  }))
}

function deletions(...names: string[]): StagedAction[] {
  return names.map((name, index) => ({ index, action: { type: 'delete', name } }))
}

function run(what: Plan, isMonotonic: boolean, failing: readonly string[]) {
  const done: string[] = []
  const { value: outcome } = runPlan(what, isMonotonic, (action) => {
    const name = nameOf(action)
    if (failing.includes(name)) throw new RetryError(`no ${name}`)
    done.push(name)
  }).next()
  if (typeof outcome === 'number') throw new Error('nothing here waits')
  return { done: done.join(' '), message: outcome.failure?.message, updated: outcome.updated }
}

function nameOf(action: PodAction): string {
  if (action.type === 'create') return String(action.ordinal)
  return action.type === 'delete' ? action.name : action.pod.pod.metadata.name
}

describe('a burst', () => {
  it.each([
    { name: 'goes through', failing: [], done: '0 1 2 3 4 5 6' },
    { name: 'ends with the first batch', failing: ['0'], done: '', message: 'no 0' },
    { name: 'completes the batch of a failure', failing: ['1'], done: '0 2', message: 'no 1' },
    {
      name: 'tells all failures of the batch',
      failing: ['3', '5'],
      done: '0 1 2 4 6',
      message: '[no 3, no 5]',
    },
  ])('$name', ({ failing, done, message }) => {
    const result = run(plan({ replicas: creations(7) }), false, failing)
    expect(result).toEqual({ done, message, updated: 0 })
  })

  it('counts the Pods with nothing to do among its batches', () => {
    // Batches are {0}, {1, 2}, {3 … 6}; ordinals 1 to 3 need nothing.
    const replicas = creations(6).filter(({ index }) => index === 0 || index > 3)
    expect(run(plan({ replicas }), false, ['4']).done).toBe('0 5')
  })
})

describe('a plan', () => {
  it('ends at the first failure under OrderedReady', () => {
    const what = plan({ replicas: creations(3), condemned: deletions('a') })
    expect(run(what, true, ['1']).done).toBe('0')
  })

  it('leaves out the stages behind a failure', () => {
    const what = plan({ condemned: deletions('a', 'b'), update: deletions('c') })
    expect(run(what, false, ['a']).done).toBe('')
    expect(run(what, false, ['b']).done).toBe('a')
  })

  it('counts what the update deleted before it failed', () => {
    const what = plan({ update: deletions('a', 'b', 'c') })
    expect(run(what, false, ['b'])).toEqual({ done: 'a', message: 'no b', updated: 1 })
  })
})

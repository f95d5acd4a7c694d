import { expect, it } from 'vitest'
import { Simulation } from '#sim/kernel/simulation.ts'
import { createReconciler } from './reconciler.ts'

it.each([0, 6])('looks at a key only when its lead of %i ms is over', (leadMs) => {
  const simulation = new Simulation({ seed: 1 })
  const looks: number[] = []
  const sync = (): void => {
    looks.push(simulation.now)
  }
  const queue = createReconciler(simulation, { name: 'test', sync, leadMs: () => leadMs })
  simulation.after(10, () => queue.add('key'), { label: 'test' })
  simulation.runUntilRest()
  expect(looks).toEqual([10 + leadMs])
})

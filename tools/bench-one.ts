// Runs one benchmark in this process and prints its figures; bench.ts starts it.
import { allBenchmarks, type Figures, LARGE } from './benchmarks.ts'

const WARM_UPS = 10

const [name = '', mode] = process.argv.slice(2)
console.log(JSON.stringify(measure(name, mode === 'cold' ? 0 : WARM_UPS)))

function measure(name: string, warmUps: number): Figures {
  const benchmark = allBenchmarks[name]
  if (benchmark === undefined) throw new RangeError(`no benchmark "${name}"`)
  // What is measured is the program, not the compiler warming up. No collection in between: with
  // the last run's objects the engine would forget all that it has learned about their shapes.
  const warmUp = LARGE.has(name) ? allBenchmarks['parallel-100'] : benchmark
  for (let count = 0; count < warmUps; count++) warmUp?.()()
  const run = benchmark()
  const cpuBefore = process.cpuUsage()
  const startedAt = performance.now()
  const { writes, virtualSeconds, world } = run()
  const wallMs = performance.now() - startedAt
  const cpu = process.cpuUsage(cpuBefore)
  globalThis.gc?.()
  const { heapUsed } = process.memoryUsage()
  return {
    name,
    wallMs: round(wallMs),
    cpuMs: round((cpu.user + cpu.system) / 1000),
    // The world is still there: nothing after this line could be collected with it.
    heapMiB: world === undefined ? 0 : round(heapUsed / 2 ** 20),
    writes,
    virtualSeconds: round(virtualSeconds),
  }
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

// Runs one benchmark in this process and prints its figures; bench.ts starts it.
import { allBenchmarks, type Benchmark, type Figures, LARGE, type Outcome } from './benchmarks.ts'

const WARM_UPS = 15
const MEASURED = 5

type Run = Outcome & Pick<Figures, 'wallMs' | 'cpuMs'>

const [name = '', mode] = process.argv.slice(2)
console.log(JSON.stringify(figuresOf(name, mode === 'cold')))

function figuresOf(name: string, isCold: boolean): Figures {
  const benchmark = allBenchmarks[name]
  if (benchmark === undefined) throw new RangeError(`no benchmark "${name}"`)
  const isLarge = LARGE.has(name)
  // What is measured is the program, not the compiler warming up. No collection in between: with
  // the last run's objects the engine would forget all that it has learned about their shapes.
  const warmUp = isLarge ? allBenchmarks['parallel-100'] : benchmark
  for (let count = 0; count < WARM_UPS && !isCold; count++) warmUp?.()()
  // The machine's other work can only add to a run: the cheapest one tells most of ours.
  let best = measure(benchmark)
  for (let count = 1; count < MEASURED && !isCold && !isLarge; count++) {
    const run = measure(benchmark)
    if (run.cpuMs < best.cpuMs) best = run
  }
  globalThis.gc?.()
  const { heapUsed } = process.memoryUsage()
  const { wallMs, cpuMs, writes, virtualSeconds } = best
  return {
    name,
    wallMs: round(wallMs),
    cpuMs: round(cpuMs),
    heapMiB: round(heapUsed / 2 ** 20),
    writes,
    virtualSeconds: round(virtualSeconds),
  }
}

function measure(benchmark: Benchmark): Run {
  const run = benchmark()
  const cpuBefore = process.cpuUsage()
  const startedAt = performance.now()
  const outcome = run()
  const wallMs = performance.now() - startedAt
  const { user, system } = process.cpuUsage(cpuBefore)
  return { ...outcome, wallMs, cpuMs: (user + system) / 1000 }
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

// Runs one benchmark in this process and prints its figures; bench.ts starts it.
import { allBenchmarks, type Figures } from './benchmarks.ts'

const WARM_UPS = 5

console.log(JSON.stringify(measure(process.argv[2] ?? '')))

function measure(name: string): Figures {
  const benchmark = allBenchmarks[name]
  if (benchmark === undefined) throw new RangeError(`no benchmark "${name}"`)
  // Small runs first: what is measured is the program, not the compiler warming up.
  for (let count = 0; count < WARM_UPS; count++) allBenchmarks['parallel-100']?.()()
  const run = benchmark()
  globalThis.gc?.()
  const cpuBefore = process.cpuUsage()
  const startedAt = performance.now()
  const { writes, virtualSeconds } = run()
  const wallMs = performance.now() - startedAt
  const cpu = process.cpuUsage(cpuBefore)
  return {
    name,
    wallMs: round(wallMs),
    cpuMs: round((cpu.user + cpu.system) / 1000),
    heapMiB: round(process.memoryUsage().heapUsed / 2 ** 20),
    writes,
    virtualSeconds: round(virtualSeconds),
  }
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

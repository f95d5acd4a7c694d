// The benchmarks by name; see the README. Figures are of one run in a fresh process each.
import { execFileSync } from 'node:child_process'
import { allBenchmarks, laterBenchmarks } from './benchmarks.ts'

type Figures = {
  name: string
  wallMs: number
  cpuMs: number
  heapMiB: number
  writes: number
  virtualSeconds: number
}

const WARM_UPS = 5

const args = process.argv.slice(2)
const isJson = args.includes('--json')
const only = args.find((arg) => arg.startsWith('--one='))?.slice('--one='.length)

if (only === undefined) runAll(args.filter((arg) => !arg.startsWith('--')))
else console.log(JSON.stringify(measure(only)))

function runAll(names: readonly string[]): void {
  const wanted = names.length === 0 ? Object.keys(allBenchmarks) : names
  for (const name of wanted) {
    const subject = laterBenchmarks[name]
    if (subject === undefined) continue
    console.error(`${name} measures ${subject}, which is not built yet`)
    process.exit(2)
  }
  const unknown = wanted.filter((name) => allBenchmarks[name] === undefined)
  if (unknown.length > 0) {
    console.error(
      `no benchmark "${unknown.join('", "')}"; there are: ${Object.keys(allBenchmarks).join(', ')}`,
    )
    process.exit(2)
  }
  if (!isJson) {
    console.log(row(['benchmark', 'wall ms', 'CPU ms', 'heap MiB', 'writes', 'virtual s']))
  }
  for (const name of wanted) {
    // A process of its own, so that one benchmark's heap and compiled code are not another's.
    const output = execFileSync(
      process.execPath,
      [...process.execArgv, '--expose-gc', import.meta.filename, `--one=${name}`],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1 << 26 },
    )
    const figures = JSON.parse(output.trim().split('\n').at(-1) ?? '') as Figures
    if (isJson) console.log(JSON.stringify(figures))
    else {
      const { wallMs, cpuMs, heapMiB, writes, virtualSeconds } = figures
      console.log(row([name, wallMs, cpuMs, heapMiB, writes, virtualSeconds].map(String)))
    }
  }
}

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

function row(cells: readonly string[]): string {
  return cells.map((cell, i) => (i === 0 ? cell.padEnd(18) : cell.padStart(10))).join('')
}

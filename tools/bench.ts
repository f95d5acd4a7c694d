// The benchmarks by name, each in a process of its own; see CONTRIBUTING. Figures are of the cheapest
// run of some, after others that warm the process up; with `--cold` of the first.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { build } from 'vite'
import { allBenchmarks, type Figures } from './benchmarks.ts'

const root = join(import.meta.dirname, '..')
const outDir = join(root, '.cache/bench')

const args = process.argv.slice(2)
const isCold = args.includes('--cold')
await runAll(args.filter((arg) => !arg.startsWith('--')))

async function runAll(names: readonly string[]): Promise<void> {
  const wanted = names.length === 0 ? Object.keys(allBenchmarks) : names
  const unknown = wanted.filter((name) => allBenchmarks[name] === undefined)
  if (unknown.length > 0) {
    console.error(
      `no benchmark "${unknown.join('", "')}"; there are: ${Object.keys(allBenchmarks).join(', ')}`,
    )
    process.exit(2)
  }
  const isJson = args.includes('--json')
  if (!isJson) {
    console.log(row(['benchmark', 'wall ms', 'CPU ms', 'heap MiB', 'writes', 'virtual s']))
  }
  await bundle()
  for (const name of wanted) {
    const figures = measure(name)
    if (isJson) console.log(JSON.stringify(figures))
    else {
      const { wallMs, cpuMs, heapMiB, writes, virtualSeconds } = figures
      console.log(row([name, wallMs, cpuMs, heapMiB, writes, virtualSeconds].map(String)))
    }
  }
}

/** What is measured is the program as the page gets it: tsx would rename every function it makes. */
async function bundle(): Promise<void> {
  await build({
    root,
    configFile: false,
    logLevel: 'warn',
    build: {
      ssr: join(root, 'tools/bench-one.ts'),
      outDir,
      emptyOutDir: true,
      copyPublicDir: false,
      target: 'es2023',
      minify: false,
    },
  })
}

/** A process of its own, so that one benchmark's heap and compiled code are not another's. */
function measure(name: string): Figures {
  const output = execFileSync(
    process.execPath,
    ['--expose-gc', join(outDir, 'bench-one.js'), name, ...(isCold ? ['cold'] : [])],
    {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  return JSON.parse(output) as Figures // The only thing it prints.
}

function row(cells: readonly string[]): string {
  return cells.map((cell, i) => (i === 0 ? cell.padEnd(18) : cell.padStart(10))).join('')
}

import { allBenchmarks } from './benchmarks.ts'
const [name, n] = process.argv.slice(2)
for (let i = 0; i < Number(n); i++) {
  const run = allBenchmarks[name!]!()
  globalThis.gc?.()
  const c = process.cpuUsage()
  const r = run()
  const d = process.cpuUsage(c)
  console.log(i, ((d.user + d.system) / 1000).toFixed(0), JSON.stringify(r))
}

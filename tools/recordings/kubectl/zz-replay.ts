import { newScene, readTranscripts, startWeb } from './scene.ts'
const only = process.argv[2]
import { Workbench } from './workbench.ts'
import { createCluster } from '#sim/cluster/cluster.ts'
import { writeFiles } from './scene.ts'
const cluster = createCluster({
  seed: 1,
  nodes: 2,
  dialect: '1.36',
  featureGates: {},
  timings: 'kind',
} as any)
const bench = new Workbench(cluster)
writeFiles(bench)
bench.run('kubectl apply -f web.yaml')
bench.simulation.run({ until: bench.simulation.now + 60000 })
void newScene
void startWeb

function norm(s: string) {
  return s
    .replace(/\b(\d+[smhdy])+\b/g, 'AGE')
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'UID')
    .replace(/\d+\.\d+\.\d+\.\d+/g, 'IP')
    .replace(/ {2,}/g, '  ')
    .replace(/\d{4}-\d\d-\d\dT[\d:]+Z/g, 'TIME')
}
let ok = 0,
  bad = 0
for (const r of readTranscripts()) {
  if (only && !r.section.includes(only)) continue
  if (/\||;|\(|</.test(r.command.replace(/'[^']*'/g, ''))) continue
  const m = /^((?:[A-Z_]+='?[^ ]*'? )*)(?:bin\/k36|kubectl) ?(.*)$/.exec(r.command)
  if (!m || m[1]) continue
  if (/^(config|port-forward|__complete|cp|debug|completion)/.test(m[2]!)) continue
  let got
  try {
    got = bench.run('kubectl ' + m[2])
  } catch (e) {
    console.log('THREW', r.command, e)
    bad++
    process.exit(1)
  }
  bench.simulation.run({
    until: bench.simulation.now + (process.argv[3] ? +process.argv[3] : 1000),
  })
  if (
    norm(got.stdout) === norm(r.stdout) &&
    norm(got.stderr) === norm(r.stderr) &&
    got.code === r.code
  ) {
    ok++
    continue
  }
  bad++
  console.log('### ' + r.command + `  [rc ${got.code} want ${r.code}]`)
  if (norm(got.stdout) !== norm(r.stdout))
    console.log('GOT1:\n' + got.stdout.slice(0, 1500) + '\nWANT1:\n' + r.stdout.slice(0, 1500))
  if (norm(got.stderr) !== norm(r.stderr))
    console.log('GOT2:\n' + got.stderr.slice(0, 800) + '\nWANT2:\n' + r.stderr.slice(0, 800))
}
console.log({ ok, bad })

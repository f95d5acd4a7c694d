// What the page loads before the editor and the terminals are asked for, compressed.
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'

const BUDGET_BYTES = 200_000
/** The cluster itself, loaded beside the page while that is already shown. */
const WORKER_BUDGET_BYTES = 480_000
const dist = resolve(import.meta.dirname, '../dist')

const html = readFileSync(join(dist, 'index.html'), 'utf8')
const assets = new Set([...html.matchAll(/(?:src|href)="\.?\/?(assets\/[^"]+)"/g)].map((m) => m[1]))
// The lessons are asked for as soon as the page runs.
for (const name of readdirSync(join(dist, 'assets'))) {
  if (/^_virtual_lessons.*\.js$/.test(name)) assets.add(`assets/${name}`)
}
for (const name of [...assets]) if (name.endsWith('.js')) followImports(name)

let total = gzipSync(html).length
const rows = []
for (const name of assets) {
  // Fonts are loaded beside the first paint and are compressed already.
  if (/\.(woff2?|svg|png)$/.test(name)) continue
  const bytes = gzipSync(readFileSync(join(dist, name))).length
  total += bytes
  rows.push(`${String(bytes).padStart(8)}  ${name}`)
}
console.log(rows.sort().reverse().join('\n'))
console.log(`${String(total).padStart(8)}  first load, gzip; budget ${BUDGET_BYTES}`)
const worker = readdirSync(join(dist, 'assets'))
  .filter((name) => /^host\.worker.*\.js$/.test(name))
  .reduce((sum, name) => sum + gzipSync(readFileSync(join(dist, 'assets', name))).length, 0)
console.log(
  `${String(worker).padStart(8)}  the cluster's worker, gzip; budget ${WORKER_BUDGET_BYTES}`,
)
const all = readdirSync(join(dist, 'assets')).reduce(
  (sum, name) => sum + gzipSync(readFileSync(join(dist, 'assets', name))).length,
  0,
)
console.log(`${String(all).padStart(8)}  everything, gzip`)
if (assets.size === 0) throw new Error('index.html names no assets')
if (worker === 0) throw new Error('the build has no worker')
process.exit(total <= BUDGET_BYTES && worker <= WORKER_BUDGET_BYTES ? 0 : 1)

/** Static imports of a chunk load with it; dynamic ones do not. */
function followImports(name) {
  const code = readFileSync(join(dist, name), 'utf8')
  for (const [, target] of code.matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)) {
    const asset = `assets/${target}`
    if (assets.has(asset)) continue
    assets.add(asset)
    followImports(asset)
  }
}

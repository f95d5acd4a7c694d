// Builds the page when a source is newer than the build, and serves it.
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { build, preview } from 'vite'

const root = resolve(import.meta.dirname, '..')
const sources = ['src', 'public', 'index.html', 'vite.config.ts', 'package-lock.json']

function newestMs(path) {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return 0
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newestMs(join(path, name))))
}

const page = join(root, 'dist/index.html')
const isStale =
  !existsSync(page) ||
  Math.max(...sources.map((name) => newestMs(join(root, name)))) > statSync(page).mtimeMs
if (isStale) await build({ root, logLevel: 'warn' })

const portAt = process.argv.indexOf('--port')
const port = portAt < 0 ? 4173 : Number(process.argv[portAt + 1])
const server = await preview({
  root,
  logLevel: 'warn',
  preview: { port, strictPort: true, host: 'localhost' },
})
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    server.httpServer.close()
    process.exit(0)
  })
}
console.log(`Ordinal is at http://localhost:${port}`)

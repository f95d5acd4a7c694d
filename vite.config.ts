import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin, runnerImport } from 'vite'

export default defineConfig({
  // Relative, so the built page runs from any folder of any static server.
  base: './',
  plugins: [react(), parsedLessons()],
  worker: { format: 'es', plugins: () => [parsedLessons()] },
  define: { __BUILD__: JSON.stringify(Date.now().toString(36)) },
  build: {
    target: 'es2023',
    sourcemap: true,
    // Monaco alone is larger than the limit that would warn; it is loaded on demand.
    chunkSizeWarningLimit: 4000,
    // Who starts the page wants its address, not where the time of the build went.
    rolldownOptions: { checks: { pluginTimings: false } },
  },
  server: { port: 5173 },
  preview: { port: 4173 },
})

const LESSONS = 'src/lessons'

/** `virtual:lessons`: the lessons as data, so that neither page nor worker reads Markdown or YAML first. */
function parsedLessons(): Plugin {
  const id = '\0virtual:lessons'
  return {
    name: 'parsed-lessons',
    resolveId: (source) => (source === 'virtual:lessons' ? id : undefined),
    async load(loaded) {
      if (loaded !== id) return undefined
      const texts = lessonTexts()
      for (const path of Object.keys(texts)) this.addWatchFile(path)
      const { module } = await runnerImport<typeof import('./src/lessons/lessons-from.ts')>(
        `./${LESSONS}/lessons-from.ts`,
      )
      return `export const lessons = ${JSON.stringify(module.lessonsFrom(texts))}`
    },
  }
}

function lessonTexts(): Record<string, string> {
  const folders = readdirSync(LESSONS).filter((name) => statSync(join(LESSONS, name)).isDirectory())
  const paths = folders.flatMap((folder) =>
    readdirSync(join(LESSONS, folder)).map((file) => join(LESSONS, folder, file)),
  )
  return Object.fromEntries(paths.map((path) => [path, readFileSync(path, 'utf8')]))
}

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Lesson } from '#lessons/lesson.ts'
import { lessonsFrom } from '#lessons/lessons-from.ts'

/** The lessons of the project, read from their folder; under Node no bundler gathers them. */
export function lessonsFromFolder(): readonly Lesson[] {
  const folder = join(import.meta.dirname, '../lessons')
  const texts: Record<string, string> = {}
  for (const name of readdirSync(folder)) {
    if (!statSync(join(folder, name)).isDirectory()) continue
    for (const file of readdirSync(join(folder, name))) {
      texts[`./${name}/${file}`] = readFileSync(join(folder, name, file), 'utf8')
    }
  }
  return lessonsFrom(texts)
}

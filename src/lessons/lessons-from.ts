import type { Lesson } from './lesson.ts'
import { parseLesson } from './parse-lesson.ts'

/** Lessons from texts by path, such as `./basics/lesson.md`. Throws LessonError naming the place. */
export function lessonsFrom(texts: Readonly<Record<string, string>>): readonly Lesson[] {
  const folders = new Map<string, Record<string, string>>()
  for (const [path, text] of Object.entries(texts)) {
    const [folder, file] = path.split('/').slice(-2)
    if (folder === undefined || file === undefined) continue
    const files = folders.get(folder) ?? {}
    files[file] = text
    folders.set(folder, files)
  }
  return [...folders].flatMap(([folder, { 'lesson.md': source, ...files }]) =>
    source === undefined ? [] : [parseLesson(source, files, `${folder}/lesson.md`)],
  )
}

import type { Lesson } from './lesson.ts'
import { lessonsFrom } from './lessons-from.ts'

/** Every folder beside this file that holds a `lesson.md` is a lesson; its other files go with it. */
const sources = import.meta.glob<string>('./*/*', { query: '?raw', import: 'default', eager: true })

export function allLessons(): readonly Lesson[] {
  return lessonsFrom(sources)
}

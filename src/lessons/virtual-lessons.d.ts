declare module 'virtual:lessons' {
  import type { Lesson } from '#lessons/lesson.ts'

  /** Every lesson, parsed when the page was built: the page needs no parser for them. */
  export const lessons: readonly Lesson[]
}

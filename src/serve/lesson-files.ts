import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Lesson } from '#lessons/lesson.ts'
import { problemLine } from '#lessons/lesson-error.ts'
import { lessonsFrom } from '#lessons/lessons-from.ts'
import { lintLesson } from '#lessons/lint-lesson.ts'

const LESSONS = join(import.meta.dirname, '../lessons')

/** The lessons of the project, read from their folder; under Node no bundler gathers them. */
export function lessonsFromFolder(parent = LESSONS): readonly Lesson[] {
  const texts: Record<string, string> = {}
  for (const folder of lessonFolders(parent)) {
    for (const [file, text] of Object.entries(filesOf(folder))) {
      texts[`./${basename(folder)}/${file}`] = text
    }
  }
  return lessonsFrom(texts)
}

export function lessonFolders(parent = LESSONS): readonly string[] {
  return readdirSync(parent)
    .map((name) => join(parent, name))
    .filter((path) => statSync(path).isDirectory())
}

/** The lesson of one folder, anywhere. Throws LessonError naming the place of what is wrong. */
export function lessonOfFolder(folder: string): Lesson | undefined {
  const files = Object.entries(filesOf(folder)).map(([file, text]) => [`lesson/${file}`, text])
  return lessonsFrom(Object.fromEntries(files))[0]
}

/** What is wrong with the lesson in a folder, each problem as `FOLDER/lesson.md:LINE: …`. */
export function lintFolder(folder: string): readonly string[] {
  const { 'lesson.md': source, ...files } = filesOf(folder)
  const path = `${basename(folder)}/lesson.md`
  if (source === undefined) return [`${path}:1: there is no such file; a lesson is a lesson.md`]
  return lintLesson(source, files).map((problem) => problemLine(path, problem))
}

function filesOf(folder: string): Readonly<Record<string, string>> {
  const names = readdirSync(folder).filter((name) => statSync(join(folder, name)).isFile())
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]))
}

/** What is wrong with a lesson: the line, counted from 0, the value, and the way out. */
export type Problem = { readonly line: number; readonly message: string }

/** Every problem of a lesson's file, each as `FILE:LINE: message`. */
export class LessonError extends Error {
  override readonly name = 'LessonError'
  readonly problems: readonly Problem[]

  constructor(path: string, problems: readonly Problem[]) {
    super(problems.map((problem) => problemLine(path, problem)).join('\n'))
    this.problems = problems
  }
}

export function problemLine(path: string, { line, message }: Problem): string {
  return `${path}:${line + 1}: ${message}`
}

import type { Task } from '#sim/kernel/process.ts'
import type { Shell } from './shell.ts'
export function* runPrompt(_shell: Shell, _o: object): Task<number> { return 0 }

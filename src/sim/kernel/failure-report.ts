import type { Simulation } from './simulation.ts'

/** What a stopped world leaves behind: where it stood, the error, and the last that happened. */
export function failureReport({ now, seed, trace }: Simulation, error: unknown): string {
  return [
    `at ${now} ms, seed ${seed}, trace ${trace.digest()}`,
    error instanceof Error ? (error.stack ?? error.message) : String(error),
    'What happened last:',
    ...trace.newest().map((line) => `  ${line}`),
  ].join('\n')
}

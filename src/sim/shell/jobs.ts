import type { ExitStatus, OsProcess } from '#sim/kernel/os/types.ts'

export type JobState = 'Running' | 'Stopped' | 'Done'

export type Job = {
  readonly id: number
  readonly pgid: number
  readonly processes: readonly OsProcess[]
  readonly command: string
  readonly isBackground: boolean
  isNotified: boolean
}

/** The background and stopped pipelines of one shell. */
export class JobTable {
  #jobs: Job[] = []

  add(processes: readonly OsProcess[], command: string): Job {
    const job: Job = {
      id: Math.max(0, ...this.#jobs.map((each) => each.id)) + 1,
      pgid: processes[0]?.pgid ?? 0,
      processes,
      command,
      isBackground: true,
      isNotified: false,
    }
    this.#jobs.push(job)
    return job
  }

  /** What a subshell sees of its parent's jobs. */
  clone(): JobTable {
    const copy = new JobTable()
    copy.#jobs = [...this.#jobs]
    return copy
  }

  list(): readonly Job[] {
    return this.#jobs
  }

  remove(job: Job): void {
    this.#jobs = this.#jobs.filter((each) => each !== job)
  }

  byPid(pid: number): Job | undefined {
    return this.#jobs.find((job) => job.processes.some((process) => process.pid === pid))
  }

  /** `%1`, `%%`, `%+`, `%-`, `%name`, `%?text`. */
  bySpec(spec: string): Job | undefined {
    const name = spec.replace(/^%/, '')
    if (/^\d+$/.test(name)) return this.#jobs.find((job) => job.id === Number(name))
    if (name === '' || name === '%' || name === '+') return this.#jobs.at(-1)
    if (name === '-') return this.#jobs.at(-2) ?? this.#jobs.at(-1)
    if (name.startsWith('?')) return this.#jobs.find((job) => job.command.includes(name.slice(1)))
    return this.#jobs.find((job) => job.command.startsWith(name))
  }

  mark(job: Job): string {
    if (job === this.#jobs.at(-1)) return '+'
    return job === this.#jobs.at(-2) ? '-' : ' '
  }
}

export function jobState(job: Job): JobState {
  if (job.processes.every((process) => process.status !== undefined)) return 'Done'
  return job.processes.some((process) => process.isStopped) ? 'Stopped' : 'Running'
}

/** The status of the last process of the pipeline. */
export function jobStatus(job: Job): ExitStatus | undefined {
  return job.processes.at(-1)?.status
}

/** One line of `jobs`: `[1]+  Running                 sleep 1 &`. */
export function jobLine(job: Job, mark: string): string {
  const state = jobState(job)
  const command = state === 'Running' ? `${job.command} &` : job.command
  return `[${job.id}]${mark}  ${stateText(job, state).padEnd(24)}${command}`
}

function stateText(job: Job, state: JobState): string {
  if (state !== 'Done') return state
  const status = jobStatus(job)
  if (status?.type === 'signaled') return SIGNAL_TEXT[status.signal] ?? status.signal
  return status === undefined || status.code === 0 ? 'Done' : `Exit ${status.code}`
}

/** How bash tells that a signal ended a command; silent for SIGINT and SIGPIPE. */
export const SIGNAL_TEXT: Readonly<Partial<Record<string, string>>> = {
  SIGHUP: 'Hangup',
  SIGQUIT: 'Quit',
  SIGKILL: 'Killed',
  SIGALRM: 'Alarm clock',
  SIGTERM: 'Terminated',
  SIGUSR1: 'User defined signal 1',
  SIGUSR2: 'User defined signal 2',
}

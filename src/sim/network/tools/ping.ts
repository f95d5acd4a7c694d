import { OsError, type OsProcess, type Program } from '#sim/kernel/os/types.ts'
import type { Task } from '#sim/kernel/process.ts'
import { networkOf } from './host-files.ts'
import { lastOf, parseOptions } from './options.ts'

const INTERVAL_MS = 1000

/** ping of busybox. An echo is answered by whoever would refuse a connection. */
export const ping: Program = function* (proc) {
  const options = parseOptions(proc.argv.slice(1), { flags: 'q46', valued: 'cWwsiIt' })
  const [target] = options.operands
  if (target === undefined || options.unknown !== undefined) {
    yield* proc.write(2, 'Usage: ping [OPTIONS] HOST\n')
    return 1
  }
  const [ip] = yield* networkOf(proc).lookup(target)
  if (ip === undefined) {
    yield* proc.write(2, `ping: bad address '${target}'\n`)
    return 1
  }
  const size = Number(lastOf(options, 's') ?? 56)
  const count = Number(lastOf(options, 'c') ?? Infinity)
  const intervalMs = Number(lastOf(options, 'i') ?? INTERVAL_MS / 1000) * 1000
  const answerMs = Number(lastOf(options, 'W') ?? 10) * 1000
  yield* proc.write(1, `PING ${target} (${ip}): ${size} data bytes\n`)
  const times: number[] = []
  let sent = 0
  let isInterrupted = false
  proc.setDisposition('SIGINT', () => (isInterrupted = true))
  try {
    for (let seq = 0; seq < count && !isInterrupted; seq++) {
      sent++
      const started = proc.host.simulation.now
      const isLast = seq + 1 === count
      const took = yield* proc.interruptible(echo(proc, ip, isLast ? answerMs : intervalMs))
      if (took !== undefined) {
        times.push(took)
        if (!options.values.has('q')) {
          yield* proc.write(
            1,
            `${size + 8} bytes from ${ip}: seq=${seq} ttl=${hops(proc, ip)} time=${took.toFixed(3)} ms\n`,
          )
        }
      }
      const elapsed = proc.host.simulation.now - started
      if (!isLast && elapsed < intervalMs) yield* proc.sleep(intervalMs - elapsed)
    }
  } catch (error) {
    if (!(error instanceof OsError && error.code === 'EINTR')) throw error
  }
  yield* proc.write(1, statistics(target, sent, times))
  return times.length > 0 ? 0 : 1
}

/** The round trip in milliseconds, or undefined if nobody answers in time. */
function* echo(proc: OsProcess, ip: string, timeoutMs: number): Task<number | undefined> {
  const started = proc.host.simulation.now
  try {
    const connection = yield* networkOf(proc).connect(ip, 0, { timeoutMs })
    connection.destroy()
  } catch (error) {
    if (!(error instanceof OsError) || error.code === 'EINTR') throw error
    if (error.code !== 'ECONNREFUSED') return undefined
  }
  return proc.host.simulation.now - started
}

function hops(proc: OsProcess, ip: string): number {
  const own = networkOf(proc).ip
  if (ip === own || ip.startsWith('127.')) return 64
  const subnet = (address: string) => address.slice(0, address.lastIndexOf('.'))
  return subnet(own) === subnet(ip) ? 63 : 62
}

function statistics(target: string, sent: number, times: readonly number[]): string {
  const loss = sent === 0 ? 0 : Math.floor(((sent - times.length) * 100) / sent)
  const summary = `\n--- ${target} ping statistics ---\n${sent} packets transmitted, ${times.length} packets received, ${loss}% packet loss\n`
  if (times.length === 0) return summary
  const average = times.reduce((sum, time) => sum + time, 0) / times.length
  const values = [Math.min(...times), average, Math.max(...times)]
  return `${summary}round-trip min/avg/max = ${values.map((value) => value.toFixed(3)).join('/')} ms\n`
}

import type { ApiReply } from '#sim/apimachinery/request.ts'
import { decodeUtf8, encodeUtf8, Utf8Decoder } from '#sim/kernel/os/utf8.ts'
import type { Task } from '#sim/kernel/process.ts'
import type { Cli } from './cli.ts'
import type { Manifest } from './manifest.ts'
import { podPath } from './pods.ts'

export function readLog(
  cli: Cli,
  pod: Manifest,
  query: readonly (readonly [string, string])[],
): Task<ApiReply> {
  return cli.send('GET', podPath(pod, 'log'), { query, accept: 'application/json, */*' })
}

/** Prints a log as it comes, each line behind a prefix if there is one. */
export function* writeLog(cli: Cli, reply: ApiReply, prefix: string): Task {
  if (reply.type === 'text') {
    const bytes = typeof reply.body === 'string' ? encodeUtf8(reply.body) : reply.body
    if (bytes.length === 0) return
    if (prefix === '') yield* cli.proc.writeBytes(1, bytes)
    else yield* cli.out(prefixed(decodeUtf8(bytes), prefix))
    return
  }
  if (reply.type === 'object' && typeof reply.body === 'string') {
    yield* cli.out(prefixed(reply.body, prefix))
    return
  }
  if (reply.type === 'stream') yield* writeStream(cli, reply, prefix)
}

function* writeStream(
  cli: Cli,
  reply: Extract<ApiReply, { type: 'stream' }>,
  prefix: string,
): Task {
  const streams = reply.start()
  const decoder = new Utf8Decoder()
  let line = ''
  try {
    for (;;) {
      const bytes = yield* streams.stdout?.read() ?? ended()
      if (bytes === undefined) break
      if (prefix === '') {
        yield* cli.proc.files.get(1)?.write(bytes) ?? ended()
        continue
      }
      const lines = (line + decoder.push(bytes)).split('\n')
      line = lines.pop() ?? ''
      for (const whole of lines)
        yield* cli.proc.files.get(1)?.write(encodeUtf8(`${prefix}${whole}\n`)) ?? ended()
    }
    if (line !== '') yield* cli.out(prefix + line)
  } finally {
    streams.close()
  }
}

// oxlint-disable-next-line require-yield -- a task that is done at once
function* ended(): Task<undefined> {
  return undefined
}

function prefixed(text: string, prefix: string): string {
  if (prefix === '') return text
  return text.replace(/^(?=.|\n)/gm, prefix)
}

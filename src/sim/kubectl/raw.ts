import type { Task } from '#sim/kernel/process.ts'
import { type Cli, textOf } from './cli.ts'

/** Prints what a path of the server answers, as it is. */
export function* printRaw(cli: Cli, path: string): Task {
  const [plain = '', search = ''] = path.split('?')
  const query = search
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair): [string, string] => {
      const equals = pair.indexOf('=')
      return equals < 0
        ? [decodeURIComponent(pair), '']
        : [decodeURIComponent(pair.slice(0, equals)), decodeURIComponent(pair.slice(equals + 1))]
    })
  const reply = yield* cli.send('GET', plain, { query, accept: 'application/json, */*' })
  if (reply.type === 'object') yield* cli.out(`${JSON.stringify(reply.body)}\n`)
  else if (reply.type === 'text') yield* cli.out(textOf(reply.body))
}

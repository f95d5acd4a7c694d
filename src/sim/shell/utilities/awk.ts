import { unescapeAnsi } from '../parameters.ts'
import { AwkMachine } from './awk/machine.ts'
import { parseAwk } from './awk/parser.ts'
import { AwkError } from './awk/syntax.ts'
import { complain, parseOptions, type Tool, UsageError } from './tool.ts'

export const awk: Tool = function* (proc) {
  const options = parseOptions(proc.argv.slice(1), {
    values: 'Fvf',
    long: { 'field-separator': 'F', assign: 'v', file: 'f' },
    stopsAtOperand: true,
    status: 2,
  })
  const files = options.values('f').map((path) => proc.host.fs.readText(proc.resolvePath(path)))
  const [inline, ...others] = options.operands
  if (files.length === 0 && inline === undefined) {
    throw new UsageError('usage: awk [-F fs][-v var=value][prog | -f progfile][file ...]', 2)
  }
  const source = files.length > 0 ? files.join('\n') : (inline ?? '')
  try {
    const machine = new AwkMachine(
      proc,
      parseAwk(source),
      files.length > 0 ? options.operands : others,
    )
    const separator = options.value('F')
    if (separator !== undefined) {
      machine.setFromText('FS', separator === 't' ? '\t' : unescapeAnsi(separator).text)
    }
    for (const each of options.values('v')) {
      const equals = each.indexOf('=')
      machine.setFromText(each.slice(0, equals), unescapeAnsi(each.slice(equals + 1)).text)
    }
    return yield* machine.run()
  } catch (error) {
    if (!(error instanceof AwkError)) throw error
    yield* complain(proc, error.message)
    return 2
  }
}

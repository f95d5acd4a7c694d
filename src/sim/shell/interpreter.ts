import type { Task } from '#sim/kernel/process.ts'
import { expandArithmetic, expandPattern, expandText, expandWords } from './expansion.ts'
import { codeOfUnwinding, forkShell } from './forks.ts'
import { runForeground, startBackground } from './job-control.ts'
import { matchesPattern } from './patterns.ts'
import { runPipeline } from './pipeline.ts'
import { redirect, RedirectionError, restoreFiles, type SavedFiles } from './redirections.ts'
import {
  type Evaluator,
  ExitShell,
  FatalError,
  Interrupted,
  isErrno,
  LoopJump,
  type Shell,
  type ShellFunction,
  type Source,
} from './shell.ts'
import { runCommand, runWords } from './simple-command.ts'
import {
  type AndOr,
  type ArithmeticFor,
  type Case,
  type CommandNode,
  type CompoundList,
  type For,
  type If,
  type PipelineNode,
  type Redirection,
  type Select,
  type Statement,
  syntaxProblem,
  type While,
} from './syntax.ts'
import { evaluateTest } from './test-command.ts'
import { quoteForTrace, traceText } from './trace-commands.ts'
import { runPendingTraps, runTrap } from './traps.ts'

export const evaluator: Evaluator = {
  run: runStatements,
  runText,
  runWords,
  runBody,
  runLast,
}

function* runStatements(
  shell: Shell,
  statements: readonly Statement[],
  source: Source,
): Task<number> {
  const outer = shell.source
  shell.source = source
  try {
    for (const statement of statements) yield* runStatement(shell, statement)
    return shell.lastStatus
  } finally {
    shell.source = outer
  }
}

function* runBody(shell: Shell, definition: ShellFunction): Task<number> {
  const outer = shell.source
  const { position } = shell
  shell.source = definition.source
  const { body } = definition.node
  try {
    if (body.type === 'CompoundList') return yield* runList(shell, body)
    return yield* runCommandNode(shell, body)
  } finally {
    shell.source = outer
    shell.position = position
  }
}

function* runLast(shell: Shell, statement: Statement, source: Source): Task<number> {
  shell.source = source
  shell.position = statement.pos
  return yield* runNode(shell, statement.command, true)
}

function* runText(shell: Shell, text: string): Task<number> {
  const script = shell.syntax.script(text)
  const source = { text, firstLine: 1 }
  const problem = syntaxProblem(script, text)
  if (problem === undefined) return yield* runStatements(shell, script.commands, source)
  yield* runStatements(shell, problem.before, source)
  yield* complainAboutSyntax(shell, text, problem.line, problem.message, problem.showsLine)
  shell.lastStatus = 2
  return 2
}

function* complainAboutSyntax(
  shell: Shell,
  text: string,
  line: number,
  message: string,
  showsLine: boolean,
): Task {
  const name = shell.isInteractive ? shell.messageName : `${shell.messageName}: -c`
  const place = shell.dialect === 'bash' && !shell.isInteractive ? ` line ${line}:` : ''
  if (shell.dialect !== 'bash') {
    yield* shell.proc.write(2, `${shell.messageName}: ${message}\n`)
    return
  }
  yield* shell.proc.write(2, `${name}:${place} ${message}\n`)
  if (showsLine && !shell.isInteractive) {
    const shown = text.split('\n')[line - 1] ?? ''
    yield* shell.proc.write(2, `${name}:${place} \`${shown}'\n`)
  }
}

function* runStatement(shell: Shell, statement: Statement): Task {
  if (shell.options.noexec && !shell.isInteractive) return
  shell.position = statement.pos
  if (statement.background === true) {
    const { pos, end } = statement.command
    const text = shell.source.text.slice(pos, end)
    yield* startBackground(shell, text, (child) => runNode(child, statement.command, true))
    shell.lastStatus = 0
  } else {
    yield* runNode(shell, statement.command)
  }
  yield* betweenCommands(shell)
}

/** Where Ctrl-C and traps take effect. */
function* betweenCommands(shell: Shell): Task {
  if (shell.isInterrupted) {
    shell.isInterrupted = false
    throw new Interrupted()
  }
  if (shell.pendingSignals.length > 0) yield* runPendingTraps(shell)
}

/** `isStage`: a process of its own runs this and nothing else, so a program may replace it. */
function* runNode(shell: Shell, node: PipelineNode | AndOr, isStage = false): Task<number> {
  if (node.type === 'AndOr') return yield* runAndOr(shell, node)
  if (node.type === 'Pipeline') {
    shell.lastStatus = yield* runPipeline(shell, node, runCommandNode)
    return yield* afterCommand(
      shell,
      node.prefixes.some((prefix) => prefix.type === 'Negation'),
    )
  }
  return yield* runCommandNode(shell, node, isStage)
}

function* runAndOr(shell: Shell, node: AndOr): Task<number> {
  for (const [index, command] of node.commands.entries()) {
    const operator = node.operators[index - 1]
    if (operator === '&&' && shell.lastStatus !== 0) continue
    if (operator === '||' && shell.lastStatus === 0) continue
    const isLast = index === node.commands.length - 1
    if (isLast) yield* runNode(shell, command)
    else yield* paused(shell, runNode(shell, command))
    yield* betweenCommands(shell)
  }
  return shell.lastStatus
}

/** Runs a condition: errexit and the ERR trap do not apply to it. */
function* paused<T>(shell: Shell, task: Task<T>): Task<T> {
  shell.errexitPauses++
  try {
    return yield* task
  } finally {
    shell.errexitPauses--
  }
}

function* afterCommand(shell: Shell, isNegated = false): Task<number> {
  const status = shell.lastStatus
  if (status === 0 || isNegated || shell.errexitPauses > 0) return status
  yield* runTrap(shell, 'ERR')
  if (shell.options.errexit) throw new ExitShell(status)
  return status
}

function* runCommandNode(shell: Shell, node: CommandNode, isStage = false): Task<number> {
  if (node.type === 'Redirected') {
    return yield* withRedirections(shell, node.redirects, () => runCommandNode(shell, node.command))
  }
  const checks = CHECKED.has(node.type)
  shell.lastStatus = yield* runUnchecked(shell, node, isStage)
  return checks ? yield* afterCommand(shell) : shell.lastStatus
}

/** Commands whose own failure counts for errexit; the others count what is in them. */
const CHECKED: ReadonlySet<string> = new Set([
  'Command',
  'Subshell',
  'TestCommand',
  'ArithmeticCommand',
])

function* runUnchecked(
  shell: Shell,
  node: Exclude<CommandNode, { readonly type: 'Redirected' }>,
  isStage: boolean,
): Task<number> {
  switch (node.type) {
    case 'Command':
      return yield* recordingStatus(shell, runCommand(shell, node, { inPlace: isStage }))
    case 'If':
      return yield* runIf(shell, node)
    case 'While':
      return yield* runWhile(shell, node)
    case 'For':
      return yield* runFor(shell, node)
    case 'ArithmeticFor':
      return yield* runArithmeticFor(shell, node)
    case 'Case':
      return yield* runCase(shell, node)
    case 'Select':
      return yield* runSelect(shell, node)
    case 'BraceGroup':
      return yield* runList(shell, node.body)
    case 'Subshell': {
      if (isStage) return yield* runList(shell, node.body)
      const text = shell.source.text.slice(node.pos, node.end)
      return yield* runForeground(shell, text, (group) => [
        forkShell(shell, { body: (child) => runList(child, node.body), ...group }),
      ])
    }
    case 'Function':
      shell.functions.set(node.name.value, { node, source: shell.source })
      return 0
    case 'TestCommand':
      if (shell.options.xtrace) {
        yield* traceText(shell, shell.source.text.slice(node.pos, node.end))
      }
      return (yield* evaluateTest(shell, node.expression)) ? 0 : 1
    case 'ArithmeticCommand':
      if (shell.options.xtrace) yield* traceText(shell, `(( ${node.body.trim()} ))`)
      return (yield* expandArithmetic(shell, node.body)) === 0n ? 1 : 0
    case 'Coproc':
      throw new FatalError('coproc: not supported by this shell')
  }
}

function* recordingStatus(shell: Shell, task: Task<number>): Task<number> {
  const status = yield* task
  shell.pipeStatus = [status]
  return status
}

export function* runList(shell: Shell, list: CompoundList): Task<number> {
  for (const statement of list.commands) yield* runStatement(shell, statement)
  return shell.lastStatus
}

function* withRedirections(
  shell: Shell,
  redirections: readonly Redirection[],
  body: () => Task<number>,
): Task<number> {
  const saved: SavedFiles = new Map()
  try {
    yield* redirect(shell, redirections, saved)
    return yield* body()
  } catch (error) {
    if (!(error instanceof RedirectionError)) throw error
    restoreFiles(shell, saved)
    yield* shell.complain(error.message)
    shell.lastStatus = 1
    return yield* afterCommand(shell)
  } finally {
    restoreFiles(shell, saved)
  }
}

function* runIf(shell: Shell, node: If): Task<number> {
  for (const branch of [node, ...node.elif]) {
    yield* paused(shell, runList(shell, branch.clause))
    if (shell.lastStatus === 0) return yield* runList(shell, branch.then)
  }
  if (node.else !== undefined) return yield* runList(shell, node.else)
  return 0
}

function* runWhile(shell: Shell, node: While): Task<number> {
  let status = 0
  yield* inLoop(shell, function* (turn) {
    for (;;) {
      yield* shell.proc.charge(0.005)
      const goesOn = yield* turn(function* () {
        yield* paused(shell, runList(shell, node.clause))
        if ((shell.lastStatus === 0) !== (node.kind === 'while')) return false
        status = yield* runList(shell, node.body)
        return true
      })
      if (!goesOn) return
    }
  })
  return status
}

/** Runs one turn of a loop; false once the loop is to end. */
type Turn = (body: () => Task<boolean>) => Task<boolean>

function* inLoop(shell: Shell, loop: (turn: Turn) => Task): Task {
  shell.loopDepth++
  try {
    yield* loop(function* (body) {
      try {
        return yield* body()
      } catch (thrown) {
        if (!(thrown instanceof LoopJump)) throw thrown
        if (thrown.levels > 1 && shell.loopDepth > 1) {
          thrown.levels--
          throw thrown
        }
        shell.lastStatus = 0
        return thrown.type === 'continue'
      }
    })
  } finally {
    shell.loopDepth--
  }
}

function* runFor(shell: Shell, node: For): Task<number> {
  const values =
    node.wordlist === undefined ? shell.positional : yield* expandWords(shell, node.wordlist)
  shell.lastStatus = 0
  yield* inLoop(shell, function* (turn) {
    for (const value of values) {
      if (shell.options.xtrace) {
        const list = values.map(quoteForTrace).join(' ')
        yield* traceText(shell, `for ${node.name.value} in ${list}`)
      }
      shell.setVariable(node.name.value, value)
      yield* shell.proc.charge(0.005)
      const goesOn = yield* turn(function* () {
        yield* runList(shell, node.body)
        return true
      })
      if (!goesOn) return
    }
  })
  return shell.lastStatus
}

function* runArithmeticFor(shell: Shell, node: ArithmeticFor): Task<number> {
  const text = (part: ArithmeticFor['test']): string =>
    part === undefined ? '' : shell.source.text.slice(part.pos, part.end)
  yield* expandArithmetic(shell, text(node.initialize))
  shell.lastStatus = 0
  yield* inLoop(shell, function* (turn) {
    for (;;) {
      yield* shell.proc.charge(0.005)
      if (node.test !== undefined && (yield* expandArithmetic(shell, text(node.test))) === 0n)
        return
      const goesOn = yield* turn(function* () {
        yield* runList(shell, node.body)
        return true
      })
      if (!goesOn) return
      yield* expandArithmetic(shell, text(node.update))
    }
  })
  return shell.lastStatus
}

function* runCase(shell: Shell, node: Case): Task<number> {
  const subject = yield* expandText(shell, node.word)
  if (shell.options.xtrace) yield* traceText(shell, `case ${quoteForTrace(subject)} in`)
  let status = 0
  let fallsThrough = false
  for (const item of node.items) {
    let isMatch = fallsThrough
    for (const pattern of item.pattern) {
      if (isMatch) break
      isMatch = matchesPattern(subject, yield* expandPattern(shell, pattern))
    }
    if (!isMatch) continue
    shell.lastStatus = 0
    status = yield* runList(shell, item.body)
    if (item.terminator !== ';&' && item.terminator !== ';;&') return status
    fallsThrough = item.terminator === ';&'
  }
  return status
}

function* runSelect(shell: Shell, node: Select): Task<number> {
  const values =
    node.wordlist === undefined ? shell.positional : yield* expandWords(shell, node.wordlist)
  const menu = values.map((value, index) => `${index + 1}) ${value}\n`).join('')
  let status = 0
  yield* inLoop(shell, function* (turn) {
    let showsMenu = true
    for (;;) {
      if (showsMenu) yield* shell.proc.write(2, menu)
      yield* shell.proc.write(2, shell.variables.text('PS3') ?? '#? ')
      const reply = yield* shell.proc.readLine(0)
      if (reply === undefined) return
      showsMenu = reply === ''
      if (showsMenu) continue
      shell.setVariable('REPLY', reply)
      shell.setVariable(node.name.value, values[Number(reply) - 1] ?? '')
      const goesOn = yield* turn(function* () {
        status = yield* runList(shell, node.body)
        return true
      })
      if (!goesOn) return
    }
  })
  return status
}

/** One line of an interactive shell: mistakes and Ctrl-C end the line, not the shell. */
export function* runInteractively(shell: Shell, text: string): Task {
  try {
    yield* runText(shell, text)
  } catch (thrown) {
    if (thrown instanceof ExitShell) throw thrown
    const isInterrupt = thrown instanceof Interrupted || isErrno(thrown, 'EINTR')
    if (isInterrupt) {
      shell.isInterrupted = false
      shell.lastStatus = 130
      yield* shell.proc.write(2, '\n')
    } else {
      const code = yield* codeOfUnwinding(shell, thrown)
      shell.lastStatus = thrown instanceof FatalError ? 1 : code
    }
    shell.errexitPauses = 0
  }
}

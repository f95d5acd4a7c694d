import fc from 'fast-check'
import { expect, it } from 'vitest'
import { evaluateArithmetic } from './arithmetic.ts'
import { shellQuote, singleQuote } from './parameters.ts'
import { escapePattern, matchesPattern } from './patterns.ts'
import { isIncomplete } from './syntax.ts'
import { createTestHost, run } from './testing/test-host.ts'

const TEXT = fc.string({
  unit: fc.constantFrom(...Array.from('ab \t\n\'"\\$`*?[]{}()<>|&;!#~=-,.^é')),
  maxLength: 12,
})

it('passes any text through quoting unchanged', () => {
  const host = createTestHost()
  fc.assert(
    fc.property(TEXT, (text) => {
      const script = `printf '<%s>' ${shellQuote(text)} ${singleQuote(text)}; x=${singleQuote(text)}; set -- "$x"; printf '<%s>' "$@" "\${x}" "\${x:-no}" "$(printf '%s.' "$x")"`
      expect(run(host, script).stdout).toBe(
        `<${text}><${text}><${text}><${text}><${text || 'no'}><${text}.>`,
      )
    }),
    { numRuns: 150 },
  )
})

it('matches patterns as a plain backtracking matcher does', () => {
  const matches = (text: string, pattern: string): boolean => {
    if (pattern === '') return text === ''
    if (pattern.startsWith('*')) {
      const rest = pattern.slice(1)
      return Array.from({ length: text.length + 1 }, (_, at) => at).some((at) =>
        matches(text.slice(at), rest),
      )
    }
    if (text === '') return false
    return (
      (pattern.startsWith('?') || pattern[0] === text[0]) &&
      matches(text.slice(1), pattern.slice(1))
    )
  }
  const letters = fc.string({ unit: fc.constantFrom(...Array.from('ab.')), maxLength: 8 })
  const pattern = fc.string({ unit: fc.constantFrom(...Array.from('ab.*?')), maxLength: 6 })
  fc.assert(
    fc.property(letters, pattern, (text, glob) => {
      expect(matchesPattern(text, glob)).toBe(matches(text, glob))
    }),
  )
  fc.assert(
    fc.property(TEXT, (text) => {
      expect(matchesPattern(text, escapePattern(text))).toBe(true)
    }),
  )
})

it('computes in 64 bits, as C does', () => {
  const wrap = (value: bigint): bigint => BigInt.asIntN(64, value)
  const leaf = fc.bigInt({ min: -(2n ** 40n), max: 2n ** 40n })
  const operators = {
    '+': (a: bigint, b: bigint) => wrap(a + b),
    '-': (a: bigint, b: bigint) => wrap(a - b),
    '*': (a: bigint, b: bigint) => wrap(a * b),
    '&': (a: bigint, b: bigint) => a & b,
    '|': (a: bigint, b: bigint) => a | b,
    '<': (a: bigint, b: bigint) => (a < b ? 1n : 0n),
    '==': (a: bigint, b: bigint) => (a === b ? 1n : 0n),
  } as const
  const operator = fc.constantFrom(...(Object.keys(operators) as (keyof typeof operators)[]))
  type Sum = { readonly text: string; readonly value: bigint }
  const { sum } = fc.letrec<{ sum: Sum }>((tie) => ({
    sum: fc.oneof(
      { depthSize: 'small' },
      leaf.map((value) => ({ text: `(${value})`, value })),
      fc.tuple(tie('sum'), operator, tie('sum')).map(([a, op, b]) => ({
        text: `(${a.text} ${op} ${b.text})`,
        value: operators[op](a.value, b.value),
      })),
    ),
  }))
  const context = { get: () => '', set: () => {} }
  fc.assert(
    fc.property(sum, ({ text, value }) => {
      expect(evaluateArithmetic(text, context)).toBe(value)
    }),
  )
})

it.each([
  ['echo a \\', true],
  ['echo "a', true],
  ["echo 'a", true],
  ['if true; then', true],
  ['for i in 1 2; do echo $i', true],
  ['cat <<EOF\nabc', true],
  ['cat <<EOF\nabc\nEOF', false],
  ['a |', true],
  ['a &&', true],
  ['x=$(ls', true],
  ['f() {', true],
  ['case x in', true],
  ['echo )', false],
  ['echo done', false],
  ['', false],
])('knows whether a line is complete: %j', (source, isOpen) => {
  expect(isIncomplete(`${source}\n`)).toBe(isOpen)
})

it('streams through a pipeline while it runs', () => {
  const script =
    'start=$(date +%s); (echo a; sleep 2; echo b) | while read x; do echo "$x $(($(date +%s)-start))"; done'
  expect(run(createTestHost(), script).stdout).toBe('a 0\nb 2\n')
})

it('ends an endless writer at once when its reader has gone', () => {
  const host = createTestHost()
  const script =
    'yes | head -1; echo ${PIPESTATUS[@]}; while :; do echo y; done | head -1; date +%s'
  const { stdout } = run(host, script)
  expect(stdout).toBe(`y\n141 0\ny\n${host.simulation.epochMs / 1000}\n`)
})

it('charges virtual time for a busy loop', () => {
  const script =
    'end=$((SECONDS+2)); n=0; while [ $SECONDS -lt $end ]; do n=$((n+1)); done; [ $n -gt 1000 ] && echo $SECONDS'
  expect(run(createTestHost(), script).stdout).toBe('2\n')
})

it('runs the same script the same way twice', () => {
  const script =
    'for i in 1 2 3; do (sleep 0.$((RANDOM % 5 + 1)); echo $i $RANDOM) & done; wait; mktemp | wc -c'
  const once = (): string => {
    const host = createTestHost()
    return `${run(host, script).stdout}${host.simulation.eventsTotal}`
  }
  expect(once()).toBe(once())
})

it('takes the state of the shell at the fork, not later', () => {
  const script = 'x=1; (sleep 0.1; echo $x) & x=2; cd /; (pwd) & cd /tmp; wait; echo $x'
  expect(run(createTestHost(), script).stdout).toBe('/\n1\n2\n')
})

it('leaves nothing running or open behind a script', () => {
  const host = createTestHost()
  run(host, 'yes | head -1; cat <(echo a) | cat; x=$(echo b); (sleep 1 &) ; { echo c; } > f; wait')
  expect(host.processes.list()).toEqual([])
  expect(host.simulation.isAtRest).toBe(true)
})

it('recurses deeply', () => {
  const script =
    'f() { if [ $1 -gt 0 ]; then case x in x) { f $(($1-1)); } ;; esac; else echo deep; fi; }; f 900'
  expect(run(createTestHost(), script).stdout).toBe('deep\n')
})

it('refuses endless recursion instead of crashing', () => {
  const result = run(createTestHost(), 'f() { f; }; f; echo no')
  expect(result.stderr).toContain('maximum function nesting level exceeded')
})

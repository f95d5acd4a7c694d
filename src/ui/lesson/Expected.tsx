import { compareOutput, type ComparedLine, REASONS } from '#lessons/compare-output.ts'
import type { CommandBlock } from '#lessons/lesson.ts'
import { useApp } from '#ui/app-context.ts'
import styles from './lesson.module.css'

export type ExpectedProps = {
  readonly block: CommandBlock
  /** What it printed here; undefined before it ran. */
  readonly output: string | undefined
}

/** What the real tools print, beside what was printed here, and why the two differ. */
export function Expected({ block, output }: ExpectedProps) {
  const dialect = useApp((state) => state.settings.dialect)
  const expected = block.expected[dialect]
  if (expected === undefined) return null
  const lines = output === undefined ? [] : compareOutput(expected, output)
  return (
    <details className={styles.expected}>
      <summary>Expected output{output === undefined ? '' : `: ${verdictOf(lines)}`}</summary>
      {output === undefined ? <pre>{expected}</pre> : <Compared lines={lines} />}
    </details>
  )
}

function Compared({ lines }: { readonly lines: readonly ComparedLine[] }) {
  const reasons = [...new Set(lines.flatMap((line) => line.reasons))]
  return (
    <>
      <div className={styles.compared} role="region" aria-label="Comparison" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">expected</th>
              <td />
              <th scope="col">printed here</th>
            </tr>
          </thead>
          <tbody>
            {lines.map(({ expected, actual, verdict }, index) => (
              // Lines have no identity but their place.
              <tr key={index} data-verdict={verdict}>
                <td>{expected}</td>
                <td aria-label={WORDS[verdict]}>{SIGNS[verdict]}</td>
                <td>{actual}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {reasons.length > 0 && (
        <ul className={styles.reasons} aria-label="Why lines differ">
          {reasons.map((reason) => (
            <li key={reason}>{REASONS[reason]}</li>
          ))}
        </ul>
      )}
    </>
  )
}

const SIGNS = { same: '=', varies: '≈', missing: '<', extra: '>' } as const
const WORDS = {
  same: 'is the same as',
  varies: 'means the same as',
  missing: 'was not printed',
  extra: 'was not expected',
} as const

function verdictOf(lines: readonly ComparedLine[]): string {
  const count = (verdict: ComparedLine['verdict']): number =>
    lines.filter((line) => line.verdict === verdict).length
  const parts = [
    [count('missing'), 'missing'],
    [count('extra'), 'more'],
  ] as const
  const said = parts.filter(([number]) => number > 0).map(([number, word]) => `${number} ${word}`)
  if (said.length > 0) return `${said.join(', ')}`
  return count('varies') > 0 ? 'as here, but for what varies' : 'as here'
}

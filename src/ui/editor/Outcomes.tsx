import type { Marker } from '#state/manifest.ts'
import { Icon } from '#ui/primitives/Icon.tsx'
import styles from './editor.module.css'
import type { Outcome } from './use-manifest.ts'

export type OutcomesProps = {
  readonly outcomes: readonly Outcome[]
  readonly markers: readonly Marker[]
  readonly isEmpty: boolean
}

/** What the server says to the manifest: object by object, with the lines that change. */
export function Outcomes({ outcomes, markers, isEmpty }: OutcomesProps) {
  return (
    <div className={styles.outcomes} aria-live="polite">
      <h3>
        {markers.length > 0 && outcomes.length === 0
          ? 'What is wrong with it'
          : 'What the server says'}
      </h3>
      {outcomes.length === 0 && markers.length === 0 && (
        <p>
          {isEmpty
            ? 'The file is not there yet. Write a manifest here, or run the command that makes it.'
            : 'A dry run asks without changing anything. Apply saves the file and applies it.'}
        </p>
      )}
      <ul>
        {outcomes.map(({ object, word, isRefused, diff }) => (
          <li key={object} data-refused={isRefused ? '' : undefined}>
            <Icon name={isRefused ? 'cross' : 'check'} />
            <div>
              <b>{object}</b> {word}
              {diff.length > 0 && (
                <pre>
                  {diff.map(({ sign, line }, index) => (
                    <div key={index} data-sign={sign}>
                      {sign === '+' ? '+' : '−'} {line.map((piece) => piece.text).join('')}
                    </div>
                  ))}
                </pre>
              )}
            </div>
          </li>
        ))}
        {markers.map((marker) => (
          <li key={`${marker.line} ${marker.message}`} data-refused="">
            <Icon name="warn" />
            <div>
              line {marker.line}: {marker.message}
            </div>
          </li>
        ))}
      </ul>
    </div>
  )
}

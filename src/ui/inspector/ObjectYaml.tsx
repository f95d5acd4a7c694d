import { formatTime } from '#sim/kernel/time.ts'
import { useMemo, useState } from 'react'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import { PAST_REASON } from '#state/past-guard.ts'
import { shortUser, writesTo } from '#state/writers.ts'
import { changedLines, yamlLines, type YamlLine } from '#state/yaml-lines.ts'
import { useApp, useIsPast } from '#ui/app-context.ts'
import { Acting } from '#ui/primitives/Acting.tsx'
import { Button } from '#ui/primitives/Button.tsx'
import styles from './inspector.module.css'

/** An object as the server has it, the lines of its last change marked. */
export function ObjectYaml({ object }: { readonly object: KubeObject }) {
  const [hasManagedFields, setManagedFields] = useState(false)
  const lines = useMemo(
    () => yamlLines(hasManagedFields ? object : withoutManagedFields(object)),
    [object, hasManagedFields],
  )
  const changed = useChangedLines(lines)
  return (
    <>
      <LastWrite object={object} />
      <div className={styles.yaml} tabIndex={0} role="group" aria-label="YAML">
        {lines.map((line, index) => (
          // Lines have no identity of their own; their place is what they are.
          <div
            key={index}
            className={styles.line}
            data-changed={changed.has(index) ? '' : undefined}
          >
            <i>{index + 1}</i>
            <span>
              {line.map((piece, at) => (
                <span key={at} data-kind={piece.kind}>
                  {piece.text}
                </span>
              ))}
            </span>
          </div>
        ))}
      </div>
      {object.metadata.managedFields !== undefined && (
        <label className={styles.managed}>
          <input
            type="checkbox"
            checked={hasManagedFields}
            onChange={(event) => setManagedFields(event.currentTarget.checked)}
          />
          managedFields
        </label>
      )}
    </>
  )
}

function LastWrite({ object }: { readonly object: KubeObject }) {
  const write = useApp((state) => writesTo(state.writes, object).at(-1))
  const isPast = useIsPast()
  const deleteObject = useApp((state) => state.deleteObject)
  return (
    <div className={styles.lastWrite}>
      <span>
        {write === undefined ? (
          'No write was seen'
        ) : (
          <>
            Last write {formatTime(write.time)} by <code>{shortUser(write.user)}</code>
          </>
        )}
      </span>
      <Acting>
        <Button
          look="ghost"
          size="small"
          title={
            isPast
              ? PAST_REASON
              : `kubectl delete ${object.kind.toLowerCase()} ${object.metadata.name}`
          }
          onClick={() => deleteObject(object)}
        >
          Delete
        </Button>
      </Acting>
    </div>
  )
}

/** Which lines are not as they were the last time the object was drawn. */
function useChangedLines(lines: readonly YamlLine[]): ReadonlySet<number> {
  const [drawn, setDrawn] = useState({ lines, changed: NONE_CHANGED })
  if (drawn.lines === lines) return drawn.changed
  const changed = changedLines(drawn.lines, lines)
  setDrawn({ lines, changed })
  return changed
}

const NONE_CHANGED: ReadonlySet<number> = new Set()

function withoutManagedFields(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata }
}

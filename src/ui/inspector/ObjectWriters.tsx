import { formatTime } from '#sim/kernel/time.ts'
import { useMemo } from 'react'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import { shortUser, writesTo } from '#state/writers.ts'
import { useApp } from '#ui/app-context.ts'
import { Empty } from '#ui/primitives/Empty.tsx'
import sections from '#ui/primitives/section.module.css'

/** Who wrote the object, what kind of write it was, newest first. */
export function ObjectWriters({ object }: { readonly object: KubeObject }) {
  const writes = useApp((state) => state.writes)
  const rows = useMemo(() => writesTo(writes, object).toReversed().slice(0, 200), [writes, object])
  return (
    <div className={sections.section}>
      {rows.length === 0 ? (
        <Empty title="No write was seen" />
      ) : (
        <table className={sections.table}>
          <thead>
            <tr>
              <th>Time</th>
              <th>Write</th>
              <th>By</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((write, index) => (
              <tr key={`${write.time} ${rows.length - index}`}>
                <td>{formatTime(write.time)}</td>
                <td>
                  {write.verb}
                  {write.subresource !== '' && ` ${write.subresource}`}
                </td>
                <td>
                  <code>{shortUser(write.user)}</code>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  )
}

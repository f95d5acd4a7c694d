import { describe, expect, it } from 'vitest'
import { createWriteRecord, type RecordedResource } from './write-record.ts'

function recordWith(cached: Partial<Record<RecordedResource, string>>) {
  return createWriteRecord((resource) => cached[resource] ?? '1')
}

describe('[SS-171] a pass', () => {
  it.each([
    { resource: 'pods', group: 'pods' },
    { resource: 'persistentvolumeclaims', group: 'persistentvolumeclaims' },
    { resource: 'statefulsets', group: 'statefulsets.apps' },
  ] as const)('waits until the cache of $group has seen its write', ({ resource, group }) => {
    const cached: Partial<Record<RecordedResource, string>> = {}
    const record = recordWith(cached)
    record.wrote('default/web', 'uid', resource, '2')
    record.wrote('default/web', 'uid', resource, '10')
    cached[resource] = '9'
    expect(() => record.checkCaches('default/web', 'uid')).toThrow(
      `read version: 9 is not as new as written version: 10 for group resource ${group}`,
    )
    cached[resource] = '10'
    record.checkCaches('default/web', 'uid')
    // Once satisfied, the record is cleared.
    cached[resource] = '1'
    record.checkCaches('default/web', 'uid')
  })

  it('does not wait for what another set of that name wrote, or after the set is gone', () => {
    const record = recordWith({})
    record.wrote('default/web', 'earlier', 'pods', '2')
    record.checkCaches('default/web', 'uid')
    record.wrote('default/web', 'uid', 'pods', '2')
    record.forget('default/web')
    record.checkCaches('default/web', 'uid')
  })
})

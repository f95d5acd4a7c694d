import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type { Resource } from './registry.ts'
import type { Scope } from './scope.ts'

export type OwnershipChange = {
  readonly manager: string
  readonly operation: 'Update' | 'Apply'
  readonly subresource: string | undefined
  /** The request's own managedFields, if it had any. */
  readonly given: unknown
}

export class Ownership {
  created(_scope: Scope, _object: KubeObject, _manager: string, _operation: string): void {}

  /** True when who owns what has changed. */
  updated(_scope: Scope, _old: KubeObject, _next: KubeObject, _change: OwnershipChange): boolean {
    return false
  }

  /** The object as the wire shows it, with managedFields. */
  present(_resource: Resource, object: KubeObject): KubeObject {
    return object
  }

  removed(_object: KubeObject): void {}
}

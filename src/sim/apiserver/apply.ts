import type { Scope, WriteOptions } from './scope.ts'
import { unsupportedPatchType } from '#sim/apimachinery/statuses.ts'
import type { Written } from './update.ts'

export function handleApply(_scope: Scope, _options: WriteOptions): Written {
  throw unsupportedPatchType()
}

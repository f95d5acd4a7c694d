import { StatusError } from '#sim/apimachinery/status.ts'
import { deleteObject, deleteOptions } from './delete.ts'
import { handleList, type ListResult } from './read.ts'
import type { Scope } from './scope.ts'

/** Deletes each match as if it were named; answers with them as they were before. */
export function handleDeleteCollection(scope: Scope): ListResult {
  const options = deleteOptions(scope)
  const list = handleList(scope)
  for (const object of list.items) {
    try {
      deleteObject(scope, scope.resource, object, options)
    } catch (error) {
      // Gone meanwhile is as good as deleted.
      if (error instanceof StatusError && error.code === 404) continue
      throw error
    }
  }
  return list
}

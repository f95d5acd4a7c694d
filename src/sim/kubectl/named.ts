import type { Task } from '#sim/kernel/process.ts'
import type { Cli, RequestOptions } from './cli.ts'
import { type ApiResource, resourcePath } from './discovery.ts'
import { isNotFound } from './errors.ts'
import type { Manifest } from './manifest.ts'

export type Named = {
  readonly resource: Pick<ApiResource, 'group' | 'version' | 'name' | 'namespaced'>
  readonly namespace: string | undefined
  readonly name: string
}

/**
 * One object by its name. Where there is none, 1.36 looks whether there is such a namespace, and
 * says that if there is not.
 */
export function* readNamed(
  cli: Cli,
  named: Named & { readonly sub?: string },
  options: RequestOptions = {},
): Task<Manifest> {
  try {
    return yield* cli.request('GET', resourcePath(named.resource, named), options)
  } catch (error) {
    const { resource, namespace } = named
    const mayLack = resource.namespaced && namespace !== undefined && !cli.isOld
    if (isNotFound(error) && mayLack) yield* cli.request('GET', `/api/v1/namespaces/${namespace}`)
    throw error
  }
}

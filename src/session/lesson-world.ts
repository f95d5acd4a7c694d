import { RESOURCE_PATHS } from '#sim/apimachinery/kinds.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type { LessonWorld } from '#lessons/world.ts'
import type { Session } from './session.ts'

/** The run as checks see it: through the API, the terminals and the DNS zone. */
export function lessonWorld(session: Session): LessonWorld {
  const { journal } = session
  const { simulation, network } = session.cluster
  return {
    get now() {
      return simulation.now
    },
    get revision() {
      return session.cluster.server.revision
    },
    get isAtRest() {
      return simulation.isAtRest
    },
    moments: journal.moments,
    events: journal.events,
    passes: journal.decisions,
    writes: journal.writes,
    get: (resource, name) => {
      const reply = session.request({ method: 'GET', path: pathOf(resource, name) })
      if (reply.type !== 'object' || reply.code !== 200) return undefined
      return reply.body as KubeObject // A GET of one object answers with it.
    },
    list: (resource, selector) => {
      const reply = session.request({
        method: 'GET',
        path: pathOf(resource),
        query: selector === '' ? [] : [['labelSelector', selector]],
      })
      if (reply.type !== 'object' || reply.code !== 200) return []
      return (reply.body as { items: readonly KubeObject[] }).items // A GET of a collection.
    },
    commandLine: (id) => session.command(id)?.command.split('\n')[0] ?? id,
    run: (id) => {
      const block = session.command(id)
      const run = block === undefined ? undefined : session.runInStep(block)
      return run && { output: run.output, hasEnded: run.endedAt !== undefined }
    },
    file: (path) => session.readFile(path),
    resolve: (name) => {
      const full = `${name}.default.svc.cluster.local.`
      return network.records().find((record) => record.type === 'A' && record.name === full)?.data
    },
  }
}

function pathOf(resource: string, name?: string): string {
  const known = Object.entries(RESOURCE_PATHS).find(([plural]) => plural === resource)?.[1]
  if (known === undefined) throw new RangeError(`a check names the unknown resource "${resource}"`)
  const scope = known.namespaced ? '/namespaces/default' : ''
  const base = `${known.prefix}${scope}/${resource}`
  return name === undefined ? base : `${base}/${name}`
}

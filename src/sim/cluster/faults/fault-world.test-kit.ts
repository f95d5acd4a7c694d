import { expect } from 'vitest'
import type { Pod } from '#sim/apimachinery/kinds.ts'
import type { KubeObject } from '#sim/apimachinery/objects.ts'
import type { TimingProfile } from '#sim/client/timings.ts'
import { type Cluster, createCluster } from '../cluster.ts'

const CORE = '/api/v1/namespaces/default'
const SETS = '/apis/apps/v1/namespaces/default/statefulsets'
export const IMAGE = 'registry.k8s.io/nginx-slim:0.24'
const PATIENCE_MS = 600_000
// oxlint-disable-next-line no-control-regex -- modes and colours around each command and prompt
const ESCAPES = /\u001b\[[\d;?]*[a-zA-Z]/g

/** A cluster with a person at its workstation, and what they look at. */
export class FaultWorld {
  readonly cluster: Cluster
  readonly #terminal
  #output = ''

  constructor({ seed = 3, timings = 'kind' }: { seed?: number; timings?: TimingProfile } = {}) {
    this.cluster = createCluster({
      seed,
      nodes: 3,
      dialect: '1.36',
      featureGates: {},
      timings,
    })
    this.#terminal = this.cluster.workstation.openTerminal(200, 50)
    this.#terminal.onOutput((text) => (this.#output += text))
    this.seconds(1)
  }

  seconds(count: number): void {
    this.cluster.simulation.runFor(count * 1000)
  }

  /** Types a command and tells what it printed. */
  type(command: string): { readonly output: string; readonly exitCode: number } {
    this.#output = ''
    this.#terminal.input(`${command}\r`)
    const { simulation } = this.cluster
    const until = simulation.now + PATIENCE_MS
    do simulation.runFor(100)
    while (this.#terminal.foregroundCommand !== '' && simulation.now < until)
    const output = this.#output
      .replaceAll(ESCAPES, '')
      .replaceAll('\r\n', '\n')
      .slice(command.length + 1)
      .replace(/\$ $/, '')
    return { output, exitCode: this.#terminal.exitCode }
  }

  /** What the line shows after Tab. */
  tab(begun: string): string {
    this.#output = ''
    this.#terminal.input(`${begun}\t\t`)
    this.seconds(0.1)
    const shown = this.#output
    this.#terminal.input('\u0003')
    this.seconds(0.1)
    return shown
  }

  /** A set `web` with a claim a Pod, and all its Pods Ready. */
  bringUp(
    replicas: number,
    { container = {}, spec = {} }: { container?: object; spec?: object } = {},
  ): void {
    const template = {
      metadata: { labels: { app: 'web' } },
      spec: {
        containers: [
          {
            name: 'nginx',
            image: IMAGE,
            volumeMounts: [{ name: 'www', mountPath: '/usr/share/nginx/html' }],
            ...container,
          },
        ],
      },
    }
    const volumeClaimTemplates = [
      {
        metadata: { name: 'www' },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
      },
    ]
    const selector = { matchLabels: { app: 'web' } }
    this.#send('POST', SETS, {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'web' },
      spec: { serviceName: 'web', replicas, selector, template, volumeClaimTemplates, ...spec },
    })
    this.seconds(60 * replicas)
    for (let ordinal = 0; ordinal < replicas; ordinal++) {
      expect(this.isReady(`web-${ordinal}`), `web-${ordinal} is Ready`).toBe(true)
    }
  }

  patchSet(spec: object): void {
    this.#send('PATCH', `${SETS}/web`, { spec })
  }

  pod(name: string): Pod | undefined {
    return this.#find(`${CORE}/pods/${name}`) as Pod | undefined // Asked of the Pods' path.
  }

  isReady(name: string): boolean {
    const conditions = this.pod(name)?.status?.conditions ?? []
    return conditions.some(({ type, status }) => type === 'Ready' && status === 'True')
  }

  nodeOf(pod: string): string {
    return this.pod(pod)?.spec?.nodeName ?? ''
  }

  restartsOf(pod: string): number {
    return this.pod(pod)?.status?.containerStatuses?.[0]?.restartCount ?? 0
  }

  /** Why the first container waits. */
  waitingOf(pod: string): string | undefined {
    return this.pod(pod)?.status?.containerStatuses?.[0]?.state?.waiting?.reason
  }

  /** The second column of `kubectl get nodes`. */
  nodeStatus(node: string): string {
    return this.type(`kubectl get node ${node} --no-headers`).output.split(/\s+/)[1] ?? ''
  }

  #find(path: string): KubeObject | undefined {
    const reply = this.cluster.server.call({ method: 'GET', path, user: 'kubernetes-admin' })
    return reply.type === 'object' && reply.code < 400 ? (reply.body as KubeObject) : undefined
  }

  #send(method: 'POST' | 'PATCH', path: string, body: unknown): void {
    const headers = {
      'content-type': method === 'POST' ? 'application/json' : 'application/merge-patch+json',
    }
    const reply = this.cluster.server.call({
      method,
      path,
      headers,
      body,
      user: 'kubernetes-admin',
    })
    expect(reply.type === 'object' && reply.code < 300, JSON.stringify(reply)).toBe(true)
  }
}

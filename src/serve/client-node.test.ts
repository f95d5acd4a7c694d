import './newer-node.test-kit.ts'
import { Writable } from 'node:stream'
import { connect, createServer, type Server, type Socket } from 'node:net'
import {
  AppsV1Api,
  CoreV1Api,
  Exec,
  type KubernetesObject,
  KubernetesObjectApi,
  KubeConfig,
  Log,
  makeInformer,
  type V1ConfigMap,
  type V1StatefulSet,
} from '@kubernetes/client-node'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { kubeconfigFor } from './kubeconfig.ts'
import { type ServedApi, serveApi } from './served-api.test-kit.ts'
import { eventually, lessonManifest, ServedCluster } from './served-cluster.test-kit.ts'

function configOf(url: string): KubeConfig {
  const config = new KubeConfig()
  config.loadFromString(kubeconfigFor(url))
  return config
}

/** A wire between client and server that can be cut, and mended. */
class Wire {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #isCut = false
  /** Connections that asked for a watch. */
  watches = 0

  constructor(port: number) {
    this.#server = createServer((client) => {
      if (this.#isCut) {
        client.destroy()
        return
      }
      const server = connect(port, '127.0.0.1')
      for (const socket of [client, server]) {
        this.#sockets.add(socket)
        socket.on('error', () => {})
        socket.on('close', () => {
          this.#sockets.delete(socket)
          client.destroy()
          server.destroy()
        })
      }
      client.on('data', (bytes: Buffer) => {
        if (bytes.includes('watch=true')) this.watches++
      })
      client.pipe(server)
      server.pipe(client)
    })
  }

  listen(): Promise<string> {
    return new Promise((done) => {
      this.#server.listen(0, '127.0.0.1', () => {
        const address = this.#server.address()
        if (typeof address !== 'object' || address === null) throw new Error('no address')
        done(`http://127.0.0.1:${address.port}`)
      })
    })
  }

  cut(): void {
    this.#isCut = true
    for (const socket of this.#sockets) socket.destroy()
  }

  mend(): void {
    this.#isCut = false
  }

  close(): void {
    this.cut()
    this.#server.close()
  }
}

const EVENT_LOG_SIZE = 50

describe('an informer of client-node', () => {
  let served: ServedApi
  let wire: Wire
  let api: CoreV1Api
  let config: KubeConfig
  /** Written past the wire. */
  let direct: CoreV1Api
  const [namespace, field] = ['default', 'k']

  beforeEach(async () => {
    served = await serveApi({ eventLogSize: EVENT_LOG_SIZE })
    wire = new Wire(served.port)
    config = configOf(await wire.listen())
    api = config.makeApiClient(CoreV1Api)
    direct = configOf(served.url).makeApiClient(CoreV1Api)
  })

  afterEach(async () => {
    wire.close()
    await served.stop()
  })

  /** One that starts again whenever its watch fails, as its documentation shows. */
  function startInformer() {
    const told: string[] = []
    const list = () => api.listNamespacedConfigMap({ namespace })
    const path = `/api/v1/namespaces/${namespace}/configmaps`
    const informer = makeInformer<V1ConfigMap>(config, path, list)
    let isStopped = false
    informer.on('error', () => {
      told.push('error')
      if (!isStopped) setTimeout(() => void start(), 50)
    })
    for (const verb of ['add', 'update', 'delete'] as const)
      informer.on(verb, ({ metadata, data }) =>
        told.push(`${verb} ${metadata?.name} ${data?.[field]}`),
      )
    async function start(): Promise<void> {
      try {
        await informer.start()
      } catch {
        if (!isStopped) setTimeout(() => void start(), 50)
      }
    }
    const stop = async () => {
      isStopped = true
      await informer.stop()
    }
    return { informer, told, start, stop }
  }

  async function write(name: string, value: string): Promise<void> {
    const body = { metadata: { name }, data: { [field]: value } }
    await direct.replaceNamespacedConfigMap({ namespace, name, body })
  }

  async function create(name: string): Promise<void> {
    await direct.createNamespacedConfigMap({
      namespace,
      body: { metadata: { name }, data: { [field]: '0' } },
    })
  }

  function held(informer: { list: () => readonly V1ConfigMap[] }): string[] {
    return informer
      .list()
      .map(({ metadata, data }) => `${metadata?.name}=${data?.[field]}`)
      .toSorted()
  }

  it('holds what a list holds after its wire was cut, and is told nothing twice', async () => {
    await create('a')
    await create('gone')
    const { informer, told, start, stop } = startInformer()
    await start()
    await eventually(
      async () => wire.watches,
      (count) => count === 1,
    )
    await write('a', '1')
    await eventually(
      async () => told.length,
      (count) => count === 3,
    )

    wire.cut()
    await write('a', '2')
    await create('b')
    await direct.deleteNamespacedConfigMap({ namespace, name: 'gone' })
    wire.mend()
    await eventually(
      async () => held(informer).join(),
      (now) => now === 'a=2,b=0',
    )
    await write('b', '3')
    await eventually(
      async () => held(informer).join(),
      (now) => now === 'a=2,b=3',
    )
    expect(wire.watches).toBeGreaterThan(1)
    const changes = told.filter((line) => line !== 'error')
    expect(changes.slice(0, 3)).toEqual(['add a 0', 'add gone 0', 'update a 1'])
    expect(changes.slice(3).toSorted()).toEqual([
      'add b 0',
      'delete gone 0',
      'update a 2',
      'update b 3',
    ])
    await stop()
  })

  it('tells of every object once and in order, however often its wire is cut', async () => {
    for (const name of ['a', 'b']) await create(name)
    const { informer, told, start, stop } = startInformer()
    await start()
    for (let n = 1; n <= 40; n++) {
      await write('a', String(n))
      if (n % 4 === 0) wire.cut()
      if (n % 4 === 1) await write('b', String(n))
      if (n % 4 === 2) wire.mend()
      if (n % 8 === 7) await new Promise((done) => setTimeout(done, 60))
    }
    wire.mend()
    await eventually(
      async () => held(informer).join(),
      (now) => now === 'a=40,b=37',
    )
    expect(wire.watches).toBeGreaterThan(1)
    for (const name of ['a', 'b']) {
      const lines = told.filter((line) => line.split(' ')[1] === name)
      expect(lines.map((line) => line.split(' ')[0])).toEqual([
        'add',
        ...lines.slice(1).map(() => 'update'),
      ])
      const values = lines.map((line) => Number(line.split(' ')[2]))
      expect(values).toEqual([...new Set(values)].toSorted((one, other) => one - other))
    }
    await stop()
  })

  it('lists anew when its revision is gone: 410, and tells once of what came about', async () => {
    await create('a')
    await create('gone')
    const { informer, told, start, stop } = startInformer()
    await start()
    await eventually(
      async () => wire.watches,
      (count) => count === 1,
    )
    wire.cut()
    for (let n = 1; n <= EVENT_LOG_SIZE * 2; n++) await write('a', String(n))
    await create('b')
    await direct.deleteNamespacedConfigMap({ namespace, name: 'gone' })
    wire.mend()
    await eventually(
      async () => held(informer).join(),
      (now) => now === 'a=100,b=0',
    )
    await write('b', '1')
    await eventually(
      async () => held(informer).join(),
      (now) => now === 'a=100,b=1',
    )
    expect(told.filter((line) => line !== 'error').toSorted()).toEqual([
      'add a 0',
      'add b 0',
      'add gone 0',
      'delete gone 0',
      'update a 100',
      'update b 1',
    ])
    await stop()
  })
})

class Collected {
  text = ''
  readonly stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      this.text += chunk.toString()
      done()
    },
  })
}

describe('client-node against serve', () => {
  it('creates, patches, scales, executes, reads logs, deletes', async () => {
    const cluster = await ServedCluster.start()
    try {
      const config = configOf(cluster.url)
      const apps = config.makeApiClient(AppsV1Api)
      const core = config.makeApiClient(CoreV1Api)
      const objects = KubernetesObjectApi.makeApiClient(config)
      const where = { namespace: 'default', name: 'web' }
      const documents = lessonManifest('basics/web.yaml').split('---')
      for (const text of documents) await objects.create(parse(text) as KubernetesObject)
      const ready = async () => (await apps.readNamespacedStatefulSet(where)).status?.readyReplicas
      await eventually(ready, (count) => count === 2)

      const image = 'nginx:1.27'
      const template = { spec: { containers: [{ name: 'nginx', image }] } }
      const patch = { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: where }
      const patched = await objects.patch({ ...patch, spec: { template } } as V1StatefulSet)
      expect(patched.spec?.template.spec?.containers[0]).toMatchObject({
        image,
        ports: [{ containerPort: 80 }],
      })
      const body = [{ op: 'replace', path: '/spec/replicas', value: 3 }]
      await apps.patchNamespacedStatefulSetScale({ ...where, body })
      await eventually(
        async () => (await apps.readNamespacedStatefulSet(where)).status,
        (status) => status?.readyReplicas === 3 && status.updatedReplicas === 3,
      )

      const command = ['sh', '-c', 'hostname; exit 3']
      const output = new Collected()
      const status = await new Promise((done, failed) => {
        new Exec(config)
          .exec('default', 'web-2', 'nginx', command, output.stream, null, null, false, done)
          .catch(failed)
      })
      expect(output.text).toBe('web-2\n')
      expect(status).toMatchObject({ status: 'Failure', reason: 'NonZeroExitCode' })

      const log = new Collected()
      await new Log(config).log('default', 'web-0', 'nginx', log.stream, { tailLines: 1 })
      await eventually(
        async () => log.text,
        (text) => text.endsWith('ready for start up\n'),
      )

      await apps.deleteNamespacedStatefulSet(where)
      await eventually(
        async () => (await core.listNamespacedPod({ namespace: 'default' })).items.length,
        (count) => count === 0,
      )
      await expect(apps.readNamespacedStatefulSet(where)).rejects.toMatchObject({ code: 404 })
    } finally {
      expect(await cluster.stop()).toBe(0)
    }
  }, 60_000)
})

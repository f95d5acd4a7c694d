import { parse as parseYaml } from 'yaml'
import { decodeUtf8, encodeUtf8 } from '#sim/kernel/os/utf8.ts'
import type { OsProcess } from '#sim/kernel/os/types.ts'
import type { Files } from './files.ts'
import type { Manifest } from './manifest.ts'
import { toYaml } from '#sim/apimachinery/yaml.ts'

const DEFAULT_SERVER = 'https://127.0.0.1:6443'

/** The kubeconfig of one run: the file if there is one, else that of a fresh cluster. */
export class Kubeconfig {
  readonly path: string
  readonly document: Manifest
  context: string

  constructor(path: string, document: Manifest) {
    this.path = path
    this.document = document
    this.context = String(document['current-context'] ?? '')
  }

  get contexts(): { name: string; context: Manifest }[] {
    return this.document['contexts'] ?? []
  }

  get current(): Manifest | undefined {
    return this.contexts.find(({ name }) => name === this.context)?.context
  }

  get namespace(): string {
    const namespace = this.current?.['namespace']
    return typeof namespace === 'string' && namespace !== '' ? namespace : 'default'
  }

  get server(): string {
    const clusters: { name: string; cluster: Manifest }[] = this.document['clusters'] ?? []
    const cluster = clusters.find(({ name }) => name === this.current?.['cluster'])
    return String(cluster?.cluster['server'] ?? DEFAULT_SERVER)
  }

  write(files: Files, document: Manifest): void {
    files.makeDirectories(this.path.slice(0, this.path.lastIndexOf('/')))
    files.write(this.path, encodeUtf8(toYaml(document)))
  }
}

export function readKubeconfig(
  files: Files,
  proc: OsProcess,
  options: { readonly server: string | undefined; readonly file: string },
): Kubeconfig {
  const home = proc.env.get('HOME') ?? '/'
  const asked = options.file === '' ? proc.env.get('KUBECONFIG') : options.file
  const path = proc.resolvePath(asked ?? `${home}/.kube/config`)
  // Under Node a served cluster is named by its address, whatever the person's own file says.
  if (options.server === undefined && files.kind(path) === 'file') {
    const document: unknown = parseYaml(decodeUtf8(files.read(path)))
    if (typeof document === 'object' && document !== null) return new Kubeconfig(path, document)
  }
  return new Kubeconfig(path, defaultDocument(options.server ?? DEFAULT_SERVER))
}

function defaultDocument(server: string): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'kubernetes', cluster: { server } }],
    contexts: [
      {
        name: 'kubernetes-admin@kubernetes',
        context: { cluster: 'kubernetes', user: 'kubernetes-admin' },
      },
    ],
    'current-context': 'kubernetes-admin@kubernetes',
    preferences: {},
    users: [{ name: 'kubernetes-admin', user: {} }],
  }
}

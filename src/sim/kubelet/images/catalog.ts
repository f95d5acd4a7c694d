import type { Timings } from '#sim/client/timings.ts'
import type { Program } from '#sim/kernel/os/types.ts'
import {
  busyboxCommands,
  busyboxOldCommands,
  curl,
  curlOld,
  networkCommands,
} from '#sim/network/tools/commands.ts'
import { pause } from './generic.ts'
import { type Image, newImage } from './image.ts'
import { nginxOfficial, nginxSlim } from './nginx-images.ts'
import { type ImageReference, referenceText } from './reference.ts'
import { STAND_INS, standInImage } from './stand-ins.ts'
import { newZookeeperImage } from './zookeeper.ts'

export type CatalogOptions = {
  /** Core utilities and `sh`, which every image but the barest has. */
  readonly commands: ReadonlyMap<string, Program>
  /** The same in busybox's words, for the images that are made of it. */
  readonly busyboxCommands?: ReadonlyMap<string, Program>
  readonly timings: Timings
  /** Untagged busybox is that of the era. */
  readonly dialect: '1.36' | '1.10'
  /** What is wrong with the registry of an image, by its name in full; nothing where not given. */
  readonly trouble?: (image: string) => RegistryTrouble
}

/** How a registry fails those who pull from it. */
export type RegistryTrouble = {
  readonly isUnreachable: boolean
  /** Every pull takes so much longer. */
  readonly delayMs: number
}

/** What a registry says to a pull. */
export type Pulled =
  | { readonly type: 'image'; readonly image: Image }
  | { readonly type: 'error'; readonly message: string }

type Entry = {
  readonly repositories: readonly string[]
  readonly tags: RegExp
  readonly make: (tag: string) => Image
}

/** Every image that can be pulled. One catalog serves all nodes, so images are made once. */
export class ImageCatalog {
  readonly #entries: readonly Entry[]
  readonly #images = new Map<string, Image>()
  readonly #trouble: CatalogOptions['trouble']

  constructor(options: CatalogOptions) {
    this.#trouble = options.trouble
    this.#entries = catalogEntries(options)
  }

  /** How much longer than usual a pull takes. */
  extraDelayMs(reference: ImageReference): number {
    return this.#trouble?.(referenceText(reference)).delayMs ?? 0
  }

  pull(reference: ImageReference): Pulled {
    if (this.#trouble?.(referenceText(reference)).isUnreachable === true) {
      return { type: 'error', message: unreachable(reference) }
    }
    const image = this.#image(reference)
    if (image !== undefined) return { type: 'image', image }
    return { type: 'error', message: this.#refusal(reference) }
  }

  #image(reference: ImageReference): Image | undefined {
    const text = referenceText(reference)
    const known = this.#images.get(text)
    if (known !== undefined) return known
    const entry = this.#entryOf(reference)
    if (entry === undefined || reference.digest !== undefined || !entry.tags.test(reference.tag)) {
      return undefined
    }
    const image = entry.make(reference.tag)
    this.#images.set(text, image)
    return image
  }

  #entryOf({ host, repository }: ImageReference): Entry | undefined {
    const name = `${host}/${repository}`
    return this.#entries.find((entry) => entry.repositories.includes(name))
  }

  #refusal(reference: ImageReference): string {
    const text = referenceText(reference)
    if (this.#entryOf(reference) !== undefined || isGoogleHost(reference.host)) {
      return `rpc error: code = NotFound desc = ${unresolved(text)}: ${text}: not found`
    }
    if (reference.host === 'docker.io') {
      return `rpc error: code = Unknown desc = ${unresolved(text)}: pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed`
    }
    return unreachable(reference)
  }
}

function unresolved(text: string): string {
  return `failed to pull and unpack image "${text}": failed to resolve reference "${text}"`
}

/** A registry whose name does not resolve on the node. */
function unreachable(reference: ImageReference): string {
  const { repository, tag, digest } = reference
  const host = reference.host === 'docker.io' ? 'registry-1.docker.io' : reference.host
  const url = `https://${host}/v2/${repository}/manifests/${digest ?? tag}`
  return `rpc error: code = Unknown desc = ${unresolved(referenceText(reference))}: failed to do request: Head "${url}": dial tcp: lookup ${host}: no such host`
}

function isGoogleHost(host: string): boolean {
  return /^(registry\.k8s\.io|k8s\.gcr\.io|gcr\.io|quay\.io)$/.test(host)
}

const ANY_VERSION = /^(latest|stable|mainline|lts|v?\d[\w.-]*|[a-z]+(-slim)?)$/

function catalogEntries(options: CatalogOptions): readonly Entry[] {
  const { timings, commands } = options
  const core = withoutNetwork(commands)
  const applets = withoutNetwork(options.busyboxCommands ?? commands)
  const withCurl = (program: Program) => new Map([...core, ['curl', program]])
  const oldBusybox = new Map([...applets, ...busyboxOldCommands])
  const newBusybox = new Map([...applets, ...busyboxCommands])
  const equipped = new Map([...core, ...networkCommands])
  const busybox = (tag: string) => {
    const isOld = tag === 'latest' ? options.dialect === '1.10' : isUpTo128(tag)
    return newImage({
      sizeBytes: isOld ? 727_869 : 2_156_519,
      commands: isOld ? oldBusybox : newBusybox,
      command: ['sh'],
    })
  }
  return [
    {
      repositories: [
        'registry.k8s.io/nginx-slim',
        'k8s.gcr.io/nginx-slim',
        'gcr.io/google_containers/nginx-slim',
        'gcr.io/google-containers/nginx-slim',
      ],
      tags: /^0\.(7|8|9|1\d|2[0-9])$/,
      make: (tag) => nginxSlim(tag, withCurl(curlOld), timings),
    },
    {
      repositories: ['docker.io/library/nginx'],
      tags: /^(latest|stable|mainline|\d[\d.]*)(-(alpine|perl|bookworm|bullseye|trixie)[\w.-]*)?$|^alpine/,
      make: (tag) => nginxOfficial(tag, tag.includes('alpine') ? newBusybox : core, timings),
    },
    {
      repositories: [
        'docker.io/library/busybox',
        'gcr.io/google_containers/busybox',
        'k8s.gcr.io/busybox',
        'registry.k8s.io/busybox',
        'registry.k8s.io/e2e-test-images/busybox',
      ],
      tags: /^(latest|stable|musl|glibc|uclibc|1\.\d[\w.-]*)$/,
      make: busybox,
    },
    {
      repositories: ['docker.io/library/alpine', 'docker.io/library/bash'],
      tags: ANY_VERSION,
      make: () => newImage({ sizeBytes: 3_640_000, commands: newBusybox, command: ['/bin/sh'] }),
    },
    {
      repositories: ['docker.io/curlimages/curl', 'quay.io/curl/curl'],
      tags: ANY_VERSION,
      make: () =>
        newImage({
          sizeBytes: 9_800_000,
          commands: new Map([...newBusybox, ['curl', curl]]),
          entrypoint: ['curl'],
          user: { uid: 100, gid: 101 },
        }),
    },
    {
      repositories: [
        'registry.k8s.io/e2e-test-images/jessie-dnsutils',
        'registry.k8s.io/e2e-test-images/agnhost',
        'registry.k8s.io/dnsutils',
        'gcr.io/kubernetes-e2e-test-images/dnsutils',
        'docker.io/tutum/dnsutils',
        'docker.io/infoblox/dnstools',
        'docker.io/nicolaka/netshoot',
      ],
      tags: ANY_VERSION,
      make: () => newImage({ sizeBytes: 45_000_000, commands: equipped, command: ['sh'] }),
    },
    {
      repositories: ['debian', 'ubuntu', 'fedora', 'centos', 'python', 'node', 'golang'].map(
        (name) => `docker.io/library/${name}`,
      ),
      tags: ANY_VERSION,
      make: () =>
        newImage({
          sizeBytes: 29_700_000,
          commands: core,
          command: ['bash'],
          binDirectory: '/usr/bin',
        }),
    },
    {
      repositories: ['registry.k8s.io/pause', 'k8s.gcr.io/pause', 'gcr.io/google_containers/pause'],
      tags: ANY_VERSION,
      make: () =>
        newImage({
          sizeBytes: 318_731,
          commands: new Map(),
          files: new Map([['/pause', pause]]),
          entrypoint: ['/pause'],
        }),
    },
    {
      repositories: [
        'registry.k8s.io/kubernetes-zookeeper',
        'k8s.gcr.io/kubernetes-zookeeper',
        'gcr.io/google_containers/kubernetes-zookeeper',
        'gcr.io/google-containers/kubernetes-zookeeper',
        'docker.io/gcr.io/k8szk',
        'gcr.io/google_samples/k8szk',
        'gcr.io/google-samples/k8szk',
      ],
      tags: /^(1\.0-3\.4\.\d+|v\d+|latest)$/,
      make: () => newZookeeperImage(core, timings),
    },
    ...STAND_INS.map((standIn) => ({
      repositories: standIn.repositories,
      tags: ANY_VERSION,
      make: () => standInImage(standIn, core, timings),
    })),
  ]
}

// Which network tools there are is each image's own affair.
function withoutNetwork(commands: ReadonlyMap<string, Program>): Map<string, Program> {
  return new Map([...commands].filter(([name]) => !networkCommands.has(name)))
}

// Names of glibc and musl variants follow the version.
function isUpTo128(tag: string): boolean {
  const match = /^1\.(\d+)/.exec(tag)
  return match !== null && Number(match[1]) <= 28
}

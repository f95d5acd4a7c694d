import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '..')
let planted: string

/** Each line of the layer list, with an import that it must refuse and one that it must allow. */
const layers = [
  { folder: 'sim/kernel', refused: 'sim/apimachinery', allowed: undefined },
  { folder: 'sim/apimachinery', refused: 'sim/apiserver', allowed: 'sim/kernel' },
  { folder: 'sim/apiserver', refused: 'sim/client', allowed: 'sim/apimachinery' },
  { folder: 'sim/client', refused: 'sim/apiserver', allowed: 'sim/apimachinery' },
  { folder: 'sim/network', refused: 'sim/kubelet', allowed: 'sim/client' },
  { folder: 'sim/kubelet', refused: 'sim/scheduler', allowed: 'sim/network' },
  { folder: 'sim/scheduler', refused: 'sim/controllers', allowed: 'sim/client' },
  { folder: 'sim/controllers', refused: 'sim/apiserver', allowed: 'sim/client' },
  { folder: 'sim/kubectl', refused: 'sim/shell', allowed: 'sim/client' },
  { folder: 'sim/shell', refused: 'sim/kubectl', allowed: 'sim/kernel' },
  { folder: 'sim/cluster', refused: 'session', allowed: 'sim/shell' },
  { folder: 'lessons', refused: 'session', allowed: 'sim/cluster' },
  { folder: 'session', refused: 'worker', allowed: 'lessons' },
  { folder: 'serve', refused: 'worker', allowed: 'session' },
  { folder: 'worker', refused: 'state', allowed: 'session' },
  { folder: 'state', refused: 'ui', allowed: 'worker' },
] as const

/** Statements that a simulation must not contain, each refused by a rule of its own. */
const hostThings = [
  { name: 'host clock', code: 'export const now = Date.now()' },
  { name: 'host randomness', code: 'export const draw = Math.random()' },
  { name: 'timers', code: 'setTimeout(() => {}, 1)' },
  { name: 'promises', code: 'export const later = Promise.resolve(1)' },
  {
    name: 'dropped task',
    code: "import { sleep } from '#sim/kernel/waits.ts'\nexport function* nap() {\n  sleep(1)\n  yield* sleep(2)\n}",
  },
] as const

function lint(): string {
  const bin = join(root, 'node_modules/.bin/oxlint')
  try {
    return execFileSync(bin, ['--type-aware', '-f', 'unix', 'src'], {
      cwd: planted,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    })
  } catch (error) {
    // The linter exits with 1 when it finds something, which is what is wanted here.
    return String((error as { stdout?: string }).stdout)
  }
}

let report: string

beforeAll(() => {
  planted = mkdtempSync(join(tmpdir(), 'layers-'))
  for (const file of ['.oxlintrc.json', 'tsconfig.json', 'package.json']) {
    cpSync(join(root, file), join(planted, file))
  }
  cpSync(join(root, 'src/sim/kernel'), join(planted, 'src/sim/kernel'), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(planted, 'node_modules'))
  for (const { folder, refused, allowed } of layers) {
    plant(`${folder}/planted-refused.ts`, `import '#${refused}/planted-target.ts'`)
    if (allowed !== undefined) {
      plant(`${folder}/planted-allowed.ts`, `import '#${allowed}/planted-target.ts'`)
    }
  }
  for (const [index, { code }] of hostThings.entries()) {
    plant(`sim/shell/planted-host-${index}.ts`, code)
  }
  report = lint()
})

afterAll(() => rmSync(planted, { recursive: true, force: true }))

function plant(path: string, code: string): void {
  const file = join(planted, 'src', path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${code}\n`)
}

describe('the linter', () => {
  it.each(layers)('refuses that $folder imports $refused', ({ folder }) => {
    expect(report).toContain(`src/${folder}/planted-refused.ts`)
  })

  it.each(layers.filter((layer) => layer.allowed !== undefined))(
    'lets $folder import $allowed',
    ({ folder }) => {
      expect(report).not.toContain(`src/${folder}/planted-allowed.ts`)
    },
  )

  it.each(hostThings.map((thing, index) => ({ ...thing, index })))(
    'refuses $name in the simulation',
    ({ index }) => {
      expect(report).toContain(`src/sim/shell/planted-host-${index}.ts`)
    },
  )
})

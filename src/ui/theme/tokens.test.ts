import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

type Rgb = readonly [number, number, number]

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8')

function tokens(theme: 'light' | 'dark'): ReadonlyMap<string, Rgb> {
  const pairs = css.matchAll(/--([\w-]+):\s*light-dark\((#\w{6}),\s*(#\w{6})\)/g)
  return new Map(
    [...pairs].map(([, name, light, dark]) => [
      name ?? '',
      channels((theme === 'light' ? light : dark) ?? ''),
    ]),
  )
}

function channels(hex: string): Rgb {
  const at = (index: number) => Number.parseInt(hex.slice(index, index + 2), 16) / 255
  return [at(1), at(3), at(5)]
}

function linear(value: number): number {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
}

function luminance([r, g, b]: Rgb): number {
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
}

function contrast(a: Rgb, b: Rgb): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

/** Deuteranopia in full, after Machado, Oliveira and Fernandes 2009; in linear light. */
const DEUTERANOPIA = [
  [0.367322, 0.860646, -0.227968],
  [0.280085, 0.672501, 0.047413],
  [-0.01182, 0.04294, 0.968881],
] as const

function oklabOf([r, g, b]: Rgb): Rgb {
  const seen = DEUTERANOPIA.map(([x, y, z]) =>
    Math.min(1, Math.max(0, x * linear(r) + y * linear(g) + z * linear(b))),
  ) as [number, number, number]
  const [lr, lg, lb] = seen
  const l = Math.cbrt(0.4122214708 * lr + 0.5363325363 * lg + 0.0514459929 * lb)
  const m = Math.cbrt(0.2119034982 * lr + 0.6806995451 * lg + 0.1073969566 * lb)
  const s = Math.cbrt(0.0883024619 * lr + 0.2817188376 * lg + 0.6299787005 * lb)
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ]
}

const PHASES = ['pending', 'creating', 'notready', 'ready', 'terminating', 'trouble', 'unknown']

describe.each(['light', 'dark'] as const)('%s', (theme) => {
  const all = tokens(theme)
  const token = (name: string): Rgb => {
    const color = all.get(name)
    if (color === undefined) throw new Error(`no token ${name}`)
    return color
  }

  it('has text of at least 4.5 on the surfaces it is used on', () => {
    const used: [string, string][] = [
      ...['ink-1', 'ink-2', 'ink-3', 'accent', 'ok', 'bad'].flatMap((ink): [string, string][] => [
        [ink, 'bg-0'],
        [ink, 'bg-1'],
        [ink, 'paper'],
      ]),
      ['ink-1', 'bg-3'],
      ['ink-2', 'bg-3'],
      ['accent-ink', 'accent'],
      ...['a', 'b', 'c'].map((rev): [string, string] => ['rev-ink', `rev-${rev}`]),
      ...PHASES.flatMap((phase): [string, string][] => [
        [phase, 'bg-1'],
        [phase, 'paper'],
        [phase, `${phase}-wash`],
        ['ink-1', `${phase}-wash`],
      ]),
      ...[
        't-red',
        't-green',
        't-yellow',
        't-blue',
        't-magenta',
        't-cyan',
        'term-ink',
        'term-dim',
      ].map((ink): [string, string] => [ink, 'term-bg']),
    ]
    const low = used.filter(([ink, surface]) => contrast(token(ink), token(surface)) < 4.5)
    expect(low).toEqual([])
  })

  it('has marks and borders of at least 3.0', () => {
    const used = [...PHASES.map((phase) => `${phase}-fill`), 'rule-strong']
    const low = used.filter((mark) =>
      ['bg-1', 'paper'].some((surface) => contrast(token(mark), token(surface)) < 3),
    )
    expect(low).toEqual([])
  })

  it('keeps the fills of phases apart for those who do not see green', () => {
    const seen = PHASES.map((phase) => oklabOf(token(`${phase}-fill`)))
    const near: string[] = []
    for (const [i, a] of seen.entries()) {
      for (const [j, b] of seen.entries()) {
        const apart = Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2])
        if (i < j && apart < 0.06) near.push(`${PHASES[i]} and ${PHASES[j]}: ${apart.toFixed(3)}`)
      }
    }
    expect(near).toEqual([])
  })
})

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parse } from 'yaml'
import { compileTemplate } from './go-template.ts'
import { goJson } from '#sim/apimachinery/go-json.ts'
import { JsonPath } from './jsonpath.ts'
import { naturalCompare } from './sorting.ts'
import { elasticTabs, TableWriter } from './tab-writer.ts'
import { toYaml } from '#sim/apimachinery/yaml.ts'
import { shortDuration } from './ages.ts'

const POD = {
  metadata: { name: 'web-0', labels: { app: 'nginx', 'a.b/c': 'x' } },
  spec: { containers: [{ name: 'a', ports: [{ containerPort: 80 }] }, { name: 'b' }] },
  status: { phase: 'Running', ready: true, ip: null },
}

/** Words that the parser of this test takes for numbers although YAML 1.1 does not. */
const isAmbiguous = (text: string): boolean =>
  /^[-+]?[\d._:]*[eE][-+\d]*$|^[-+.][-+.\d_:]*$/.test(text)

it('reads back the YAML it writes, by the rules of YAML 1.1', () => {
  const text = fc.oneof(
    fc.string().filter((word) => !isAmbiguous(word)),
    fc.constantFrom(
      'y',
      'no',
      '0755',
      '1.5',
      '1_000',
      '~',
      '',
      'a: b',
      '- x',
      '2026-01-01',
      'a\nb\n',
      ' x\n',
      '#',
      '1:30',
      '=',
      '0x1f',
      '.5',
    ),
  )
  const value = fc.letrec((tie) => ({
    any: fc.oneof(text, fc.boolean(), fc.integer(), fc.constant(null), tie('list'), tie('map')),
    list: fc.array(tie('any'), { maxLength: 4 }),
    map: fc.dictionary(
      fc.string({ minLength: 1 }).filter((key) => key !== '__proto__' && !isAmbiguous(key)),
      tie('any'),
      { maxKeys: 4 },
    ),
  }))
  fc.assert(
    fc.property(value.map, (object) => {
      const back: unknown = parse(toYaml(object), { version: '1.1', logLevel: 'error' })
      expect(back).toEqual({ ...object })
    }),
    { numRuns: 300 },
  )
})

it.each([
  ['{.metadata.name}', 'web-0'],
  ['{.metadata.labels}', '{"a.b/c":"x","app":"nginx"}'],
  ["{.metadata.labels['a\\.b/c']}", 'x'],
  ['{.metadata.labels.a\\.b/c}', 'x'],
  ['{.spec.containers[*].name}', 'a b'],
  ['{.spec.containers[-1].name}', 'b'],
  ['{.spec.containers[0:1].name}', 'a'],
  ['{.spec.containers[?(@.name=="b")].name}', 'b'],
  ['{range .spec.containers[*]}{.name}{"\\t"}{end}', 'a\tb\t'],
  ['{..containerPort}', '80'],
  ['{.status.ready} and {.status.nope}', 'true and '],
  ['{.status.ip}', 'null'],
])('jsonpath %s', (template, text) => {
  expect(new JsonPath(template).print(POD)).toBe(text)
})

it.each([
  ['{{.metadata.name}}', 'web-0'],
  ['{{.nope.a.b}}', '<no value>'],
  ['{{range .spec.containers}}{{.name}}{{"\\n"}}{{end}}', 'a\nb\n'],
  ['{{range $i, $c := .spec.containers}}{{$i}}={{$c.name}} {{end}}', '0=a 1=b '],
  ['{{if eq .status.phase "Running"}}up{{else}}down{{end}}', 'up'],
  ['{{index .metadata.labels "a.b/c" | printf "%q"}}', '"x"'],
  ['{{len .spec.containers}}{{with .status}} {{.phase}}{{end}}', '2 Running'],
  ['a {{- /* no */ -}} b', 'ab'],
])('go-template %s', (template, text) => {
  expect(compileTemplate(template)(POD)).toBe(text)
})

it('remembers the widest cell of each column, as watches of today do', () => {
  const rows = [
    ['aa', 'ContainerCreating', 'x'],
    ['bbbbbbbbb', 'y', 'z'],
    ['c', 'd', 'e'],
  ]
  const remembering = new TableWriter({ minWidth: 6, padding: 3, remembers: true })
  expect(rows.map((row) => remembering.format([row])).join('')).toBe(
    'aa    ContainerCreating   x\nbbbbbbbbb   y                   z\nc           d                   e\n',
  )
  const forgetting = new TableWriter({ minWidth: 10, padding: 3, remembers: false })
  expect(rows.map((row) => forgetting.format([row])).join('')).toBe(
    'aa        ContainerCreating   x\nbbbbbbbbb   y         z\nc         d         e\n',
  )
})

it('aligns runs of lines and starts anew after a line without a tab', () => {
  expect(elasticTabs('Name:\tweb\nIPs:\n  IP:\t1\nControlled By:\tx\n')).toBe(
    'Name:  web\nIPs:\n  IP:           1\nControlled By:  x\n',
  )
  expect(elasticTabs('a\tb\tc\nlong\tx\ty\nonly\tz\n')).toBe('a     b  c\nlong  x  y\nonly  z\n')
})

it.each([
  [59_999, '59s'],
  [60_000, '1m'],
  [3_599_000, '59m'],
  [86_399_000, '23h'],
  [400 * 86_400_000, '1y'],
  [-1_500, '0s'],
  [-3_000, '<invalid>'],
])('%d ms was %s in 2018', (durationMs, text) => {
  expect(shortDuration(durationMs)).toBe(text)
})

it('compares numbers inside names by value', () => {
  expect(['web-10', 'web-2', 'web-1'].sort(naturalCompare)).toEqual(['web-1', 'web-2', 'web-10'])
})

it('escapes what HTML cares about, as Go does', () => {
  expect(goJson({ b: '<a&b>', a: 1 })).toBe('{"a":1,"b":"\\u003ca\\u0026b\\u003e"}')
})

import { describe, expect, it } from 'vitest'
import { fieldPath, readManifest, refusalMarkers } from './manifest.ts'

const TWO = `apiVersion: v1
kind: Service
metadata:
  name: nginx
---
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: web
spec:
  replicas: three
  template:
    spec:
      containers:
      - name: nginx
        ports:
        - containerPort: 80
      - name: Bad_Name
`

describe('reading', () => {
  it('finds the objects of every document', () => {
    const { documents, markers } = readManifest(TWO)
    expect(documents.map(({ object }) => object.kind)).toEqual(['Service', 'StatefulSet'])
    expect(markers).toEqual([])
  })

  it('points at what is not YAML', () => {
    const { markers } = readManifest('apiVersion: v1\nkind: [\nmetadata:\n')
    expect(markers.length).toBeGreaterThan(0)
    expect(markers[0]?.line).toBeGreaterThanOrEqual(2)
  })

  it.each([
    { text: 'kind: Pod\nmetadata: {name: a}', message: 'apiVersion not set' },
    { text: 'apiVersion: v1\nmetadata: {name: a}', message: 'kind not set' },
    { text: 'apiVersion: v1\nkind: Pod\nmetadata: {}', message: 'metadata.name not set' },
    { text: '- a', message: 'apiVersion not set' },
    { text: 'words', message: 'a manifest is a mapping' },
  ])('says $message', ({ text, message }) => {
    expect(readManifest(text).markers.map((marker) => marker.message)).toEqual([message])
  })

  it('has nothing to say of an empty text or an empty document', () => {
    expect(readManifest('')).toMatchObject({ documents: [], markers: [] })
    expect(readManifest('---\n---\n')).toMatchObject({ documents: [], markers: [] })
  })
})

describe('places', () => {
  const [, set] = readManifest(TWO).documents
  it.each([
    { field: 'spec.replicas', line: 11, column: 13 },
    { field: 'spec.template.spec.containers[1].name', line: 18, column: 15 },
    { field: 'spec.template.spec.containers[0].ports[0].containerPort', line: 17, column: 26 },
    // What is missing is shown at what should hold it.
    { field: 'spec.selector', line: 10, column: 1 },
    { field: 'spec.template.spec.containers[7].image', line: 14, column: 7 },
  ])('finds $field at line $line', ({ field, line, column }) => {
    expect(set?.markerAt(field, '')).toMatchObject({ line, column })
  })

  it('shows a refusal without causes at the kind', () => {
    if (set === undefined) throw new Error('no document')
    expect(refusalMarkers(set, 'forbidden', [])).toMatchObject([{ line: 7, message: 'forbidden' }])
  })
})

it('reads the paths causes are written in', () => {
  expect(fieldPath('spec.containers[0].env["A.B"]')).toEqual([
    'spec',
    'containers',
    0,
    'env',
    'A.B',
  ])
  expect(fieldPath('metadata.labels[app.kubernetes.io/name]')).toEqual([
    'metadata',
    'labels',
    'app.kubernetes.io/name',
  ])
})

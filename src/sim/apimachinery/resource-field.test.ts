import { expect, it } from 'vitest'
import { resourceFieldText } from './resource-field.ts'

const RESOURCES = { limits: { cpu: '100m', memory: '1500Mi' }, requests: { cpu: '1500m' } }

// As kubectl 1.36 shows them where it describes a container.
it.each([
  ['limits.cpu', undefined, '1'],
  ['limits.cpu', '0', '1'],
  ['limits.cpu', '1m', '100'],
  ['limits.memory', '0', '1572864000'],
  ['limits.memory', '1Mi', '1500'],
  ['limits.memory', '1Gi', '2'],
  ['requests.cpu', '0', '2'],
  ['requests.memory', '0', '0'],
  ['limits.ephemeral-storage', '1Mi', '0'],
])('says %s in units of %s as %s', (resource, divisor, want) => {
  const field = { resource, ...(divisor === undefined ? {} : { divisor }) }
  expect(resourceFieldText(RESOURCES, field)).toBe(want)
})

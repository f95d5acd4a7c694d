import { describe, expect, it } from 'vitest'
import { parseServeOptions, UsageError } from './serve-options.ts'

describe('options of serve', () => {
  it('has defaults for all but files and the time', () => {
    expect(parseServeOptions([])).toMatchObject({
      port: 8001,
      seed: 1,
      nodes: 3,
      speed: 1,
      epochMs: undefined,
      without: [],
      auditLog: undefined,
      kubeconfig: undefined,
    })
  })

  it('reads what is given', () => {
    const options = parseServeOptions([
      '--epoch=2026-01-02T03:04:05Z',
      '--first-revision=7',
      '--speed=max',
      '--without=scheduler,kubelet',
      '--without=provisioner',
      '--feature-gates=MaxUnavailableStatefulSet=true',
      '--node-capacity=cpu=4',
    ])
    expect(options).toMatchObject({
      epochMs: Date.UTC(2026, 0, 2, 3, 4, 5),
      firstRevision: 7,
      speed: 'max',
      without: ['scheduler', 'kubelet', 'provisioner'],
      featureGates: { MaxUnavailableStatefulSet: true },
      nodeCapacity: { cpu: '4', memory: '32Gi', pods: '110' },
    })
  })

  it.each([
    ['--epoch=yesterday', 'expected a time such as 2026-01-02T03:04:05Z, got yesterday'],
    ['--first-revision=-1', 'expected a whole number, got -1'],
    ['--speed=0', 'expected a factor above 0 or max, got 0'],
    ['--node-capacity=disk=1', 'expected pods, cpu or memory, got disk'],
    ['--feature-gates=A=maybe', 'expected A=true or A=false, got maybe'],
    ['--bogus', "Unknown option '--bogus'"],
  ])('says what is wrong with %s', (flag, message) => {
    expect(() => parseServeOptions([flag])).toThrow(UsageError)
    expect(() => parseServeOptions([flag])).toThrow(message)
  })
})

import type { Draft } from '#sim/apiserver/resource.ts'
import { TestServer } from '#sim/apiserver/test-server.ts'
import { describe, expect, it } from 'vitest'
import {
  bodyOf,
  causes,
  GATE_ON,
  LABEL_NAME_TEXT,
  manifest,
  mounting,
  refused,
  SETS,
  stored,
  validated,
} from './api-scenario.test-kit.ts'
import { claimTemplate } from './scenario-world.test-kit.ts'

// Section 10.1 of the specification: what the server makes of a manifest.

const LABELS_TEXT = '`selector` does not match template `labels`'
const STORAGE = { requests: { storage: '1Gi' } }
const CLAIM_FAULTS: readonly [string, Draft, readonly string[]][] = [
  [
    'with an unknown access mode',
    { accessModes: ['Foo'], resources: STORAGE },
    [
      'accessModes: Unsupported value: "Foo": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
    ],
  ],
  [
    'with one mode that allows no other',
    { accessModes: ['ReadWriteOncePod', 'ReadWriteOnce'], resources: STORAGE },
    ['accessModes: Forbidden: may not use ReadWriteOncePod with other access modes'],
  ],
  [
    'that asks for no storage',
    { accessModes: ['ReadWriteOnce'] },
    ['resources[storage]: Required value'],
  ],
  [
    'that asks for nothing',
    { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '0' } } },
    ['resources[storage]: Invalid value: "0": must be greater than zero'],
  ],
]
const SELECTOR_FAULTS: readonly [string, Draft, readonly string[]][] = [
  [
    'with an unknown operator',
    { key: 'app', operator: 'X' },
    ['operator: Invalid value: "X": not a valid selector operator'],
  ],
  [
    'that is in nothing',
    { key: 'app', operator: 'In' },
    ["values: Required value: must be specified when `operator` is 'In' or 'NotIn'"],
  ],
  [
    'that exists as something',
    { key: 'app', operator: 'Exists', values: ['a'] },
    ["values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'"],
  ],
]

describe('a creation', () => {
  const long = 'a'.repeat(64)

  it.each([
    ['', 'metadata.name: Required value: name or generateName is required'],
    ['abc.123', 'metadata.name: Invalid value: "abc.123": must not contain dots'],
    [long, `metadata.name: Invalid value: "${long}": must be no more than 63 characters`],
    ['Web', `metadata.name: Invalid value: "Web": ${LABEL_NAME_TEXT}`],
  ])('[SS-10] refuses the name %j', (name, text) => {
    const reply = new TestServer().reply('POST', SETS, manifest({}, {}, { name }))
    expect(causes(reply)).toEqual([text])
    expect(bodyOf(reply)['message']).toBe(`StatefulSet.apps "${name}" is invalid: ${text}`)
  })

  it('[SS-11] refuses an absent selector, which matches nothing', () => {
    const reply = new TestServer().reply('POST', SETS, manifest({ selector: undefined as never }))
    const wanted = [
      'spec.selector: Required value',
      `spec.template.metadata.labels: Invalid value: {"app":"nginx"}: ${LABELS_TEXT}`,
    ]
    expect(causes(reply)).toEqual(wanted)
    const { message, details, reason, status } = bodyOf(reply)
    expect(message).toBe(`StatefulSet.apps "web" is invalid: [${wanted.join(', ')}]`)
    expect({ reason, status }).toEqual({ reason: 'Invalid', status: 'Failure' })
    expect(details).toMatchObject({ group: 'apps', kind: 'StatefulSet', name: 'web' })
    expect(details.causes.map((one: { reason: string }) => one.reason)).toEqual([
      'FieldValueRequired',
      'FieldValueInvalid',
    ])
  })

  it.each<[string, Draft, readonly string[]]>([
    [
      '[SS-12] a selector that the template does not match',
      { selector: { matchLabels: { app: 'other' } } },
      [`spec.template.metadata.labels: Invalid value: {"app":"nginx"}: ${LABELS_TEXT}`],
    ],
    [
      '[SS-12] a template without labels',
      { template: { spec: manifest()['spec'].template.spec } },
      [`spec.template.metadata.labels: Invalid value: null: ${LABELS_TEXT}`],
    ],
    [
      '[SS-12] a selector of nothing',
      { selector: {} },
      ['spec.selector: Invalid value: {}: empty selector is invalid for statefulset'],
    ],
    [
      '[SS-13] replicas −1',
      { replicas: -1 },
      ['spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
    ],
    [
      '[SS-13] minReadySeconds −1',
      { minReadySeconds: -1 },
      ['spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0'],
    ],
    [
      '[SS-13] minReadySeconds of the least number there is',
      { minReadySeconds: -2147483648 },
      ['spec.minReadySeconds: Invalid value: -2147483648: must be greater than or equal to 0'],
    ],
    [
      '[SS-13] ordinals.start −2',
      { ordinals: { start: -2 } },
      ['spec.ordinals.start: Invalid value: -2: must be greater than or equal to 0'],
    ],
    [
      '[SS-13] partition −1',
      { updateStrategy: { rollingUpdate: { partition: -1 } } },
      [
        'spec.updateStrategy.rollingUpdate.partition: Invalid value: -1: must be greater than or equal to 0',
      ],
    ],
    [
      '[SS-15] an unknown strategy',
      { updateStrategy: { type: 'foo' } },
      [
        `spec.updateStrategy: Invalid value: {"Type":"foo","RollingUpdate":null}: must be 'RollingUpdate' or 'OnDelete'`,
      ],
    ],
    [
      '[SS-15] OnDelete with a rollingUpdate',
      { updateStrategy: { type: 'OnDelete', rollingUpdate: { partition: 1 } } },
      [
        `spec.updateStrategy.rollingUpdate: Invalid value: {"Partition":1,"MaxUnavailable":null}: only allowed for updateStrategy 'RollingUpdate'`,
      ],
    ],
    [
      '[SS-16] an unknown policy',
      { podManagementPolicy: 'foo' },
      [`spec.podManagementPolicy: Invalid value: "foo": must be 'OrderedReady' or 'Parallel'`],
    ],
    [
      '[SS-18] unknown members of the retention policy',
      { persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Keep', whenScaled: 'Drop' } },
      [
        'spec.persistentVolumeClaimRetentionPolicy.whenDeleted: Unsupported value: "Keep": supported values: "Retain", "Delete"',
        'spec.persistentVolumeClaimRetentionPolicy.whenScaled: Unsupported value: "Drop": supported values: "Retain", "Delete"',
      ],
    ],
    [
      '[SS-20] a serviceName that is no label',
      { serviceName: 'Invalid.Name' },
      [`spec.serviceName: Invalid value: "Invalid.Name": ${LABEL_NAME_TEXT}`],
    ],
    [
      '[SS-24] a claim template without access modes',
      {
        volumeClaimTemplates: [
          { metadata: { name: 'www' }, spec: { resources: { requests: { storage: '1Gi' } } } },
        ],
      },
      [
        'spec.volumeClaimTemplates[0].spec.accessModes: Required value: at least 1 access mode is required',
      ],
    ],
    ...CLAIM_FAULTS.map(([title, spec, wanted]): [string, Draft, readonly string[]] => [
      `[SS-24a] a claim template ${title}`,
      { volumeClaimTemplates: [{ metadata: { name: 'www' }, spec }] },
      wanted.map((text) => `spec.volumeClaimTemplates[0].spec.${text}`),
    ]),
    ...SELECTOR_FAULTS.map(([title, expression, wanted]): [string, Draft, readonly string[]] => {
      const selector = { matchExpressions: [expression] }
      const faults = wanted.map((text) => `spec.selector.matchExpressions[0].${text}`)
      // What cannot be compiled is shown as a whole, and the template is not looked at.
      const whole = `spec.selector: Invalid value: ${JSON.stringify(selector)}`
      return [`[SS-12a] a selector ${title}`, { selector }, [...faults, whole]]
    }),
  ])('refuses: %s', (_title, spec, wanted) => {
    expect(refused(manifest(spec))).toEqual(wanted)
  })

  it('[SS-13] takes the longest minReadySeconds there is', () => {
    const { spec } = stored(new TestServer(), manifest({ minReadySeconds: 2147483647 }))
    expect(spec.minReadySeconds).toBe(2147483647)
  })

  it.each(['OnFailure', 'Never'])('[SS-14] refuses restartPolicy %s', (restartPolicy) => {
    expect(refused(manifest({}, { restartPolicy }))).toEqual([
      `spec.template.spec.restartPolicy: Unsupported value: "${restartPolicy}": supported values: "Always"`,
    ])
  })

  it('[SS-14] an empty restartPolicy would be missing as well', () => {
    const errors = validated(manifest(), (draft) => {
      draft['spec'].template.spec.restartPolicy = ''
    })
    expect(errors).toEqual([
      'spec.template.spec.restartPolicy: Required value',
      'spec.template.spec.restartPolicy: Unsupported value: "": supported values: "Always"',
    ])
  })

  it('[SS-22a] takes two claim templates of one name, and minds the name as a volume’s', () => {
    const twice = [claimTemplate('data'), claimTemplate('data')]
    expect(refused(manifest({ volumeClaimTemplates: twice }))).toEqual([])
    expect(refused(manifest({ volumeClaimTemplates: [claimTemplate('Bad_Name')] }))).toEqual([
      `spec.template.spec.volumes[0].name: Invalid value: "Bad_Name": ${LABEL_NAME_TEXT}`,
    ])
  })

  it('[SS-17] refuses activeDeadlineSeconds', () => {
    expect(refused(manifest({}, { activeDeadlineSeconds: 10 }))).toEqual([
      'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in StatefulSet is not Supported',
    ])
  })

  it('[SS-18] an empty retention policy would not pass either', () => {
    const errors = validated(manifest(), (draft) => {
      draft['spec'].persistentVolumeClaimRetentionPolicy = {}
    })
    const text = 'Unsupported value: "": supported values: "Retain", "Delete"'
    expect(errors).toEqual([
      `spec.persistentVolumeClaimRetentionPolicy.whenDeleted: ${text}`,
      `spec.persistentVolumeClaimRetentionPolicy.whenScaled: ${text}`,
    ])
  })

  it.each([
    [0, 'Invalid value: 0: cannot be 0'],
    ['0%', 'Invalid value: "0%": cannot be 0'],
    ['101%', 'Invalid value: "101%": must not be greater than 100%'],
    [-1, 'Invalid value: -1: must be greater than or equal to 0'],
  ])('[SS-19] refuses maxUnavailable %s with its gate on', (maxUnavailable, text) => {
    const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable } }
    const field = 'spec.updateStrategy.rollingUpdate.maxUnavailable'
    const reply = new TestServer(GATE_ON).reply('POST', SETS, manifest({ updateStrategy }))
    expect(causes(reply)).toEqual([`${field}: ${text}`])
    const off = validated(manifest(), (draft) => {
      draft['spec'].updateStrategy.rollingUpdate.maxUnavailable = maxUnavailable
    })
    expect(off).toEqual([`${field}: ${text}`])
  })

  it('[SS-21] takes any hostname and subdomain in the template, later as well', () => {
    const podSpec = { hostname: 'No.Such_Name!', subdomain: '-neither-' }
    const test = new TestServer()
    const set = structuredClone(stored(test, manifest({}, podSpec)))
    expect(set.spec.template.spec).toMatchObject(podSpec)
    Object.assign(set.spec.template.spec, { hostname: 'Other Name', subdomain: '..' })
    expect(causes(test.reply('PUT', `${SETS}/web`, set))).toEqual([])
  })

  it.each([
    ['', undefined],
    [', whatever volume of that name the template has', [{ name: 'test', emptyDir: {} }]],
  ])('[SS-22] accepts a mount of a claim template%s', (_what, volumes) => {
    const podSpec = { ...mounting('test'), ...(volumes === undefined ? {} : { volumes }) }
    const body = manifest({ volumeClaimTemplates: [claimTemplate('test')] }, podSpec)
    const { spec } = stored(new TestServer(), body)
    expect(spec.template.spec.containers[0].volumeMounts[0].name).toBe('test')
  })

  it.each([
    ['no claim template', []],
    ['one of another name', [claimTemplate('other')]],
  ])('[SS-23] refuses a mount of nothing, with %s', (_what, volumeClaimTemplates) => {
    expect(refused(manifest({ volumeClaimTemplates }, mounting('test')))).toEqual([
      'spec.template.spec.containers[0].volumeMounts[0].name: Not found: "test"',
    ])
  })
})

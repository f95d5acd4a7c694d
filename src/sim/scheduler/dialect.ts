export type SchedulerDialectName = '1.36' | '1.10'

/** What schedulers of an era say and do differently. */
export type SchedulerDialect = {
  readonly name: SchedulerDialectName
  /** Reasons of today in the words of the era; those not listed read the same. */
  readonly reasons: Readonly<Record<string, string>>
  /** A refusal goes on to tell what preemption could do. */
  readonly tellsOfPreemption: boolean
  /** A claim that is not bound yet keeps its Pod; else the kubelet does the waiting. */
  readonly waitsForClaims: boolean
  /** Says in the Pod's status where it is expected, while its volumes are made ready. */
  readonly nominatesEarly: boolean
  /** Events of the newer kind, with series in place of counts. */
  readonly hasSeries: boolean
  readonly assigned: (namespace: string, name: string, nodeName: string) => string
}

export const SCHEDULER_DIALECTS = {
  '1.36': {
    name: '1.36',
    reasons: {},
    tellsOfPreemption: true,
    waitsForClaims: true,
    nominatesEarly: true,
    hasSeries: true,
    assigned: (namespace, name, nodeName) =>
      `Successfully assigned ${namespace}/${name} to ${nodeName}`,
  },
  '1.10': {
    name: '1.10',
    reasons: {
      'node(s) had untolerated taint(s)': "node(s) had taints that the pod didn't tolerate",
      "node(s) didn't match PersistentVolume's node affinity":
        'node(s) had volume node affinity conflict',
      "node(s) didn't match Pod's node affinity/selector": "node(s) didn't match node selector",
      "node(s) didn't match pod affinity rules": "node(s) didn't match pod affinity/anti-affinity",
      "node(s) didn't match pod anti-affinity rules":
        "node(s) didn't match pod affinity/anti-affinity",
    },
    tellsOfPreemption: false,
    waitsForClaims: false,
    nominatesEarly: false,
    hasSeries: false,
    assigned: (_namespace, name, nodeName) => `Successfully assigned ${name} to ${nodeName}`,
  },
} as const satisfies Record<SchedulerDialectName, SchedulerDialect>

import { describe, expect, it } from 'vitest'
import { ALL_VARIANTS, ScenarioWorld } from './scenario-world.test-kit.ts'

// Section 10.6 of the specification: claims, and who owns them.

describe.each(ALL_VARIANTS)('$policy, retention $retention', ({ spec }) => {
  it('[SS-142] creates the claim, then the Pod, and tells of both', () => {
    const scenario = new ScenarioWorld({ ...spec, replicas: 1 })
    expect(scenario.typedEvents()).toEqual([
      'Normal SuccessfulCreate: Create Claim www-web-0 Pod web-0 in StatefulSet web success',
      'Normal SuccessfulCreate: Create Pod web-0 in StatefulSet web successful',
    ])
    expect(scenario.writes().slice(1, 3)).toEqual([
      'create persistentvolumeclaims www-web-0',
      'create pods web-0',
    ])
  })
})

import { describe, expect, it } from 'vitest'
import type { ComponentDecision } from '#worker/protocol.ts'
import { lastWords, wordsAround } from './conclusions.ts'

type Said = Partial<Omit<ComponentDecision, 'subject'>> & {
  readonly of: string
  readonly namespace?: string
}

function said({ of, namespace = 'default', ...rest }: Said): ComponentDecision {
  const [resource = '', name = ''] = of.split('/')
  return {
    time: 0,
    component: 'scheduler',
    subject: { resource, namespace, name, uid: of },
    conclusion: 'place',
    reason: '',
    awaited: [],
    evidence: [],
    why: of,
    ...rest,
  }
}

function words(conclusions: readonly ComponentDecision[], gone: readonly string[] = []) {
  const exists = (uid: string): boolean => !gone.includes(uid)
  const around = wordsAround({ name: 'web', namespace: 'default' }, conclusions)
  return lastWords(around, { exists, most: 10 }).map(({ why }) => why)
}

describe('the last words on a set', () => {
  it.each([
    { of: 'pods/web-1', isMeant: true },
    { of: 'pods/web-1-x', isMeant: false },
    { of: 'pods/webapp-1', isMeant: false },
    { of: 'persistentvolumeclaims/www-web-1', isMeant: true },
    { of: 'persistentvolumeclaims/www-webb-1', isMeant: false },
    { of: 'persistentvolumeclaims/web-1', isMeant: false },
    { of: 'statefulsets/web', isMeant: true },
    { of: 'statefulsets/other', isMeant: false },
    { of: 'poddisruptionbudgets/any', isMeant: true },
    { of: 'pods/web-1', namespace: 'other', isMeant: false },
  ])('take $of of $namespace: $isMeant', ({ isMeant, ...one }) => {
    expect(words([said(one)])).toEqual(isMeant ? [one.of] : [])
  })

  it('keep only the newest of a component on an object', () => {
    const early = said({ of: 'pods/web-0', conclusion: 'wait', why: 'no node' })
    const late = said({ of: 'pods/web-0', why: 'goes to node-a' })
    const other = said({ of: 'pods/web-0', component: 'eviction', why: 'is evicted' })
    expect(words([early, other, late])).toEqual(['goes to node-a', 'is evicted'])
  })

  it('leave out what was said of an earlier bearer of the name', () => {
    const gone = said({ of: 'pods/web-0', why: 'goes to node-a' })
    const next = said({ of: 'pods/web-0', why: 'goes to node-b' })
    const bearer = { ...next, subject: { ...next.subject, uid: 'another' } }
    expect(words([gone, bearer])).toEqual(['goes to node-b'])
  })

  it('begin with what holds somebody up, as long as that is there', () => {
    const held = said({ of: 'pods/web-1', conclusion: 'wait', why: 'no node' })
    const placed = said({ of: 'pods/web-0', why: 'goes to node-a' })
    expect(words([held, placed])).toEqual(['no node', 'goes to node-a'])
    expect(words([held, placed], ['pods/web-1'])).toEqual(['goes to node-a'])
  })

  it('are no more than asked for', () => {
    const held = said({ of: 'pods/web-0', conclusion: 'wait' })
    const around = [said({ of: 'pods/web-1' }), said({ of: 'pods/web-2' }), held]
    const firstOf = (most: number) =>
      lastWords(around, { exists: () => true, most }).map(({ why }) => why)
    expect(firstOf(2)).toEqual(['pods/web-0', 'pods/web-1'])
    expect(firstOf(1)).toEqual(['pods/web-0'])
  })
})

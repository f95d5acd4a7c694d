import { expect, it } from 'vitest'
import { digText, reverseName, searchNames } from './dig.ts'

it('walks the search list of a Pod, and does not for a name that ends in a dot', () => {
  expect(searchNames('web-0.nginx', 'default')).toEqual([
    'web-0.nginx.default.svc.cluster.local.',
    'web-0.nginx.svc.cluster.local.',
    'web-0.nginx.cluster.local.',
    'web-0.nginx.',
  ])
  expect(searchNames('a.b.', 'default')).toEqual(['a.b.'])
  expect(searchNames('a.b.c.d.e.f', 'default')[0]).toBe('a.b.c.d.e.f.')
})

it('turns an address into the name of its PTR record', () => {
  expect(reverseName('10.244.1.3')).toBe('3.1.244.10.in-addr.arpa.')
  expect(reverseName('web-0.nginx')).toBe('web-0.nginx')
})

it('prints the sections that have something', () => {
  const answer = {
    code: 'NOERROR',
    isAuthoritative: true,
    answers: [{ name: 'a.b', type: 'A', ttlSeconds: 30, data: '10.0.0.1' }],
    authority: [],
    additional: [],
  } as const
  expect(digText('a.b', 'A', answer)).toBe(`;; status: NOERROR
;; flags: qr aa rd

;; QUESTION SECTION:
;a.b. IN A

;; ANSWER SECTION:
a.b. 30 IN A 10.0.0.1`)
  expect(digText('a', 'A', { ...answer, code: 'TIMEOUT' })).toBe(';; no servers could be reached')
})

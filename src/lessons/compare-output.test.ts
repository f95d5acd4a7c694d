import { expect, it } from 'vitest'
import { compareOutput } from './compare-output.ts'

const SHOWN = 'NAME    READY   AGE\nweb-0   1/1     77s'
const PVC = 'www-web-0   Bound   pvc-f10d556e-74b3-11e8-a3fe-025d0d2462b2   1Gi'

it.each([
  {
    title: 'equal lines are the same',
    expected: SHOWN,
    actual: `${SHOWN}\n`,
    want: ['same', 'same'],
  },
  {
    title: 'another age is explained',
    expected: SHOWN,
    actual: 'NAME    READY   AGE\nweb-0   1/1     3m4s',
    want: ['same', 'varies age'],
  },
  {
    title: 'another address is explained',
    expected: 'Address 1: 100.96.1.3 web-0.nginx.default.svc.cluster.local',
    actual: 'Address 1: 10.244.2.17 web-0.nginx.default.svc.cluster.local',
    want: ['varies address'],
  },
  {
    title: 'another volume is explained',
    expected: PVC,
    actual: PVC.replace('f10d556e', '0a9a0129'),
    want: ['varies volume'],
  },
  {
    title: 'wider columns are explained',
    expected: 'web-0   Pending   0',
    actual: 'web-0   Pending             0',
    want: ['varies width'],
  },
  {
    title: 'what was not printed is missing, and what nobody expected is extra',
    expected: 'one\ntwo\nthree',
    actual: 'one\n2\nthree\nfour',
    want: ['same', 'missing', 'extra', 'same', 'extra'],
  },
  {
    title: 'another word is no matter of age',
    expected: 'a 1/2',
    actual: 'a 2/2',
    want: ['missing', 'extra'],
  },
])('$title', ({ expected, actual, want }) => {
  const said = compareOutput(expected, actual).map(({ verdict, reasons }) =>
    [verdict, ...reasons].join(' '),
  )
  expect(said).toEqual(want)
})

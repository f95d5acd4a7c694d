import { expect, it } from 'vitest'
import { inPast } from './past-tense.ts'

it.each([
  [
    'The controller waits for web-0, which is not Ready: its image is still being pulled.',
    'The controller waited for web-0, which was not Ready: its image was still being pulled.',
  ],
  [
    'The controller waits until web-0 has been Ready for 5 s.',
    'The controller waited until web-0 had been Ready for 5 s.',
  ],
  ['its containers run, but are not Ready yet', 'its containers ran, but were not Ready yet'],
  ['its image cannot be pulled', 'its image could not be pulled'],
  [
    'Only node-b can confirm that, and node-b has not been heard from.',
    'Only node-b could confirm that, and node-b had not been heard from.',
  ],
  [
    'The policy is Parallel: web-1 and web-2 start at once, none waits for another.',
    'The policy was Parallel: web-1 and web-2 started at once, none waited for another.',
  ],
  ['Only an update would wait, for web-2.', 'Only an update would wait, for web-2.'],
  [
    'The controller is done: every Pod is as the set asks.',
    'The controller was done: every Pod was as the set asked.',
  ],
  ['The controller has nothing to do.', 'The controller had nothing to do.'],
  [
    'The controller creates is-0; is-1 and is-2 wait for is-0.',
    'The controller created is-0; is-1 and is-2 waited for is-0.',
  ],
  ['web-1 waits for web-0 to be gone.', 'web-1 waited for web-0 to be gone.'],
])('%s', (present, past) => {
  expect(inPast(present)).toBe(past)
})

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { KeyedQueue } from './keyed-queue.ts'

const act = fc.oneof(
  fc.record({ type: fc.constantFrom('set', 'delete'), key: fc.constantFrom('a', 'b', 'c', 'd') }),
  fc.record({ type: fc.constantFrom('shift', 'shift', 'clear'), key: fc.constant('') }),
)

it('gives keys in the order in which they came to wait, whatever is taken out meanwhile', () => {
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
      const queue = new KeyedQueue<string>()
      let model: string[] = []
      for (const { type, key } of acts) {
        if (type === 'set') {
          queue.set(key, key)
          if (!model.includes(key)) model.push(key)
        } else if (type === 'delete') {
          expect(queue.delete(key)).toBe(model.includes(key))
          model = model.filter((one) => one !== key)
        } else if (type === 'shift') {
          expect(queue.shift()).toBe(model.shift())
        } else {
          queue.clear()
          model = []
        }
        expect(queue.size).toBe(model.length)
      }
    }),
  )
})

import { createRequire } from 'node:module'

/**
 * client-node 2 is written for Node 22; what it misses in Node 20 is little and is added here.
 * Import this before it: it looks when it is loaded.
 */
const require = createRequire(import.meta.url)
// The objects behind `require` can be added to, unlike the namespaces behind `import`.
const threads = require('node:worker_threads') as { markAsUncloneable?: (value: object) => void }
const zlib = require('node:zlib') as { createZstdDecompress?: () => never }
const promises = Promise as { withResolvers?: () => unknown }

threads.markAsUncloneable ??= () => {}
zlib.createZstdDecompress ??= () => {
  throw new Error('this Node has no Zstandard')
}
promises.withResolvers ??= () => {
  let [resolve, reject]: ((value: unknown) => void)[] = []
  const promise = new Promise((resolved, rejected) => {
    resolve = resolved
    reject = rejected
  })
  return { promise, resolve, reject }
}

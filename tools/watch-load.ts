// A minute of writes under a thousand watches, on a served cluster: tsx tools/watch-load.ts [URL]
import { ServedCluster } from '../src/serve/served-cluster.test-kit.ts'
import { loadWatches } from '../src/serve/watch-load.test-kit.ts'

const given = process.argv[2]
const cluster = given === undefined ? await ServedCluster.start({ args: [] }) : undefined
const url = given ?? cluster?.url ?? ''
const result = await loadWatches({ url, watches: 1000, writesPerSecond: 200, seconds: 60 })
const { held, listed, ...figures } = result
console.log({ ...figures, agreesWithList: held.join() === listed.join() })
await cluster?.stop()

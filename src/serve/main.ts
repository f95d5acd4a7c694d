import { writeFileSync } from 'node:fs'
import { protobufFormat } from '#sim/apiserver/protobuf-format.ts'
import { createCluster } from '#sim/cluster/cluster.ts'
import { failureReport } from '#sim/kernel/failure-report.ts'
import { AuditLog } from './audit-log.ts'
import { HttpFront } from './http-server.ts'
import { kubeconfigFor } from './kubeconfig.ts'
import { RealTimeLoop } from './run-in-real-time.ts'
import { parseServeOptions, type ServeOptions, UsageError } from './serve-options.ts'

/** One cluster under Node, over HTTP, until it is told to stop. */
async function serve(options: ServeOptions): Promise<void> {
  const cluster = createCluster({
    seed: options.seed,
    nodes: options.nodes,
    nodeCapacity: options.nodeCapacity,
    dialect: '1.36',
    timings: options.timings,
    without: options.without,
    featureGates: options.featureGates,
    protobuf: protobufFormat,
    // Unless told otherwise the host's clock is the cluster's: clients reckon ages by their own.
    epochMs: options.epochMs ?? Date.now(),
    firstRevision: options.firstRevision,
  })
  const { simulation, server } = cluster
  const auditLog = options.auditLog === undefined ? undefined : new AuditLog(options.auditLog)
  if (auditLog !== undefined) server.onWrite(auditLog.write)
  const loop = new RealTimeLoop(simulation, options.speed, (error) => {
    console.error(failureReport(simulation, error))
    process.exit(1)
  })
  const front = new HttpFront({
    call: server.call,
    simulation,
    catchUp: () => loop.catchUp(),
    wake: () => loop.wake(),
  })
  const port = await front.listen(options.port)
  const url = `http://127.0.0.1:${port}`
  if (options.kubeconfig !== undefined) writeFileSync(options.kubeconfig, kubeconfigFor(url))
  loop.start()
  console.log(`Serving on ${url}`)
  const stop = () => {
    loop.stop()
    void front.close().then(() => {
      auditLog?.close()
      process.exit(0)
    })
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}

try {
  await serve(parseServeOptions(process.argv.slice(2)))
} catch (error) {
  // An unknown component is named by the cluster itself.
  const isUsage = error instanceof UsageError || error instanceof RangeError
  console.error(isUsage ? error.message : error)
  process.exitCode = isUsage ? 2 : 1
}

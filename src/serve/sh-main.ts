import { readFileSync } from 'node:fs'
import { Simulation } from '#sim/kernel/simulation.ts'
import { coreCommands } from '#sim/shell/utilities/commands.ts'
import { runScript } from '#sim/shell/run-script.ts'
import { createWorkstation } from '#sim/shell/workstation.ts'

/**
 * `npm run -s sh -- -c SCRIPT`: the shell with its utilities in an empty home directory, virtual
 * time running freely. Without `-c` the script comes from stdin.
 */
const [flag, script] = process.argv.slice(2)
if (flag !== undefined && flag !== '-c') {
  console.error(`sh: unknown argument ${flag}; usage: sh [-c SCRIPT]`)
  process.exit(2)
}
if (flag === '-c' && script === undefined) {
  console.error('sh: -c: option requires an argument')
  process.exit(2)
}
const simulation = new Simulation({ seed: 1 })
const workstation = createWorkstation({ simulation, commands: coreCommands })
const run = simulation.spawn(
  runScript(workstation.host, script ?? readFileSync(0, 'utf8'), {
    cwd: '/home/user',
    env: workstation.env,
  }),
  { name: 'sh', onError: (error) => simulation.fail(error as Error) },
)
while (run.exit === undefined && simulation.step());
if (simulation.failure !== undefined) throw simulation.failure
if (run.exit?.type !== 'returned')
  throw new Error('the script waits for something that never comes')
process.stdout.write(run.exit.value.stdout)
process.stderr.write(run.exit.value.stderr)
process.exitCode = run.exit.value.code

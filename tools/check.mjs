// Everything that needs no browser: format, lint with layers, types, dead code, tests, sizes.
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { bin, root, run } from './lib/run.mjs'

const unitReport = join(root, '.cache/unit.json')
mkdirSync(join(root, '.cache'), { recursive: true })

const steps = [
  { name: 'format', command: bin('oxfmt'), args: ['--check', '.'] },
  { name: 'lint and layers', command: bin('oxlint'), args: ['--type-aware'] },
  { name: 'types', command: bin('tsc'), args: ['-p', 'tsconfig.json'] },
  { name: 'types of the simulation', command: bin('tsc'), args: ['-p', 'tsconfig.sim.json'] },
  { name: 'dead code', command: bin('knip'), args: ['--no-progress'] },
  {
    name: 'unit tests and recordings',
    command: bin('vitest'),
    args: ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${unitReport}`],
  },
  { name: 'build', command: bin('vite'), args: ['build', '--logLevel', 'warn'] },
  { name: 'size budgets', command: process.execPath, args: ['tools/sizes.mjs'] },
]

/** Runs every step, also after one failed, and tells which did. */
export async function check() {
  const failed = []
  for (const { name, command, args } of steps) {
    const startedAt = Date.now()
    console.log(`\n== ${name}`)
    const { code } = await run(command, args)
    const seconds = ((Date.now() - startedAt) / 1000).toFixed(1)
    console.log(`== ${name}: ${code === 0 ? 'passed' : 'FAILED'} in ${seconds} s`)
    if (code !== 0) failed.push(name)
  }
  return { failed, steps: steps.length, tests: countTests() }
}

function countTests() {
  try {
    const report = JSON.parse(readFileSync(unitReport, 'utf8'))
    return {
      passed: report.numPassedTests,
      failed: report.numFailedTests,
      skipped: report.numPendingTests + report.numTodoTests,
    }
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
    return { passed: 0, failed: 0, skipped: 0 }
  }
}

if (process.argv[1] === import.meta.filename) {
  const { failed, tests } = await check()
  if (tests.passed === 0) failed.push('no test ran')
  console.log(`\n${tests.passed} tests passed, ${tests.failed} failed, ${tests.skipped} skipped`)
  if (failed.length > 0) console.log(`Failed: ${failed.join(', ')}`)
  process.exit(failed.length === 0 ? 0 : 1)
}

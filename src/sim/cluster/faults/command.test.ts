import { beforeAll, describe, expect, it } from 'vitest'
import { FAULTS, FAULT_VERBS, endOf } from './table.ts'
import { FaultWorld } from './fault-world.test-kit.ts'

describe('the command fault', () => {
  let world: FaultWorld
  beforeAll(() => {
    world = new FaultWorld()
    world.bringUp(2)
    world.type('kubectl create ns other')
    world.type('fault crash node-c')
  })

  it.each([
    {
      line: 'fault cut-off node-x',
      says: 'cut-off node-x: nodes "node-x" not found; there are: node-a, node-b, node-c',
    },
    { line: 'fault cut-off', says: 'cut-off: which node?; use: fault cut-off NODE' },
    {
      line: 'fault crash node/node-c',
      says: 'crash node-c: node-c crashed already; end it with: fault boot node-c',
    },
    {
      line: 'fault heal node-a',
      says: 'heal node-a: there is nothing to end, for it ends what fault cut-off began; see: fault list',
    },
    {
      line: 'fault boot node-a',
      says: 'boot node-a: there is nothing to end, for it ends what fault crash began; what lasts, ends with: fault boot node-c',
    },
    {
      line: 'fault kill web-9',
      says: 'kill web-9: pods "web-9" not found; in namespace default there are: web-0, web-1',
    },
    {
      line: 'fault kill web-0 -n other',
      says: 'kill web-0: pods "web-0" not found; there are none in namespace other',
    },
    {
      line: 'fault kill web-0 -c nope',
      says: 'kill web-0: it has no container "nope"; there are: nginx',
    },
    {
      line: 'fault kill web-0 --by=3s',
      says: 'kill web-0: it has no option --by; it has --namespace, --container',
    },
    {
      line: 'fault crash node-a -c x',
      says: 'crash node-a: it has no option --container; leave it out',
    },
    {
      line: 'fault fail-probe web-0',
      says: 'fail-probe web-0: container "nginx" has no probe; give it one: kubectl explain pod.spec.containers.readinessProbe',
    },
    {
      line: 'fault fail-probe web-0 -p liveness',
      says: 'fail-probe web-0: container "nginx" has no liveness probe; give it one: kubectl explain pod.spec.containers.readinessProbe',
    },
    {
      line: 'fault fail-probe web-0 -p best',
      says: 'fail-probe web-0: "best" is no kind of probe; there are: readiness, liveness, startup',
    },
    {
      line: 'fault fail-pulls NGINX',
      says: 'fail-pulls NGINX: that is no name of an image; write it as nginx:1.27, or leave it out for all',
    },
    {
      line: 'fault slow-pulls --by=long',
      says: 'slow-pulls: "long" is no delay of up to an hour; write it as 30s or 2m',
    },
    {
      line: 'fault refuse-volumes all',
      says: 'refuse-volumes all: it is done to nothing in particular; use: fault refuse-volumes',
    },
    {
      line: 'fault fill www-web-9',
      says: 'fill www-web-9: persistentvolumeclaims "www-web-9" not found; in namespace default there are: www-web-0, www-web-1',
    },
    {
      line: 'fault drain node-a',
      says: 'drain: no such fault; use: kubectl drain NODE --ignore-daemonsets',
    },
    { line: 'fault explode', says: `explode: no such fault; there are: ${FAULT_VERBS.join(', ')}` },
  ])('refuses $line', ({ line, says }) => {
    expect(world.type(line)).toEqual({ output: `fault: ${says}\n`, exitCode: 1 })
  })

  it.each([
    { line: 'fault cut-off node-a node-b', says: "extra operand 'node-b'" },
    { line: 'fault kill web-0 --nope', says: "unrecognized option '--nope'" },
    { line: 'fault kill web-0 -c', says: "option requires an argument -- 'c'" },
  ])('ends with 2 for a wrong command line: $line', ({ line, says }) => {
    const hint = "Try 'fault --help' for more information.\n"
    expect(world.type(line)).toEqual({ output: `fault: ${says}\n${hint}`, exitCode: 2 })
  })

  it('lists what is broken, since when, and what ends it', () => {
    expect(world.type('fault list').output).toMatch(
      /^FAULT +SINCE +ENDS WITH\nnode-c crashed +2:\d\d\.\d +fault boot node-c\n$/,
    )
  })

  it.each(['fault', 'fault help', 'fault --help'])('tells every verb: %s', (line) => {
    const { output, exitCode } = world.type(line)
    expect(exitCode).toBe(0)
    for (const verb of FAULT_VERBS) expect(output).toContain(FAULTS[verb].does)
    expect(output).toContain('kubectl drain NODE')
  })

  it('tells the options of one verb', () => {
    const { output } = world.type('fault fail-probe --help')
    expect(output).toContain('Usage: fault fail-probe POD [OPTION]...')
    expect(output).toContain('--probe=KIND')
    expect(output).not.toContain('--by')
  })

  it.each([
    { begun: 'fault cut', shows: 'cut-off ' },
    { begun: 'fault boot ', shows: 'node-c ' },
    { begun: 'fault crash nod', shows: 'node-a  node-b  node-c' },
    { begun: 'fault kill ', shows: 'web-0  web-1' },
    { begun: 'fault kill web-0 --con', shows: 'tainer=' },
    { begun: 'fault fill www-web-', shows: 'www-web-0  www-web-1' },
    { begun: 'fault fail-pulls reg', shows: 'nginx-slim:0.24 ' },
    { begun: 'fault fail-probe web-0 --probe=r', shows: 'eadiness' },
    { begun: 'fault kill -n oth', shows: 'er ' },
  ])('completes $begun', ({ begun, shows }) => {
    expect(world.tab(begun)).toContain(shows)
  })
})

it('every fault that lasts has one verb that ends it', () => {
  for (const verb of FAULT_VERBS) {
    const isEnd = FAULTS[verb].ends !== undefined
    expect(endOf(verb) !== undefined, verb).toBe(!isEnd && verb !== 'kill')
  }
})

import { describe, expect, it } from 'vitest'
import { allLessons } from '#lessons/catalog.test-kit.ts'
import { checksOf } from '#lessons/lesson.ts'
import { stepsOf } from '#lessons/parse-lesson.ts'
import { Session } from './session.ts'
import { type ClusterSettings, DEFAULT_SETTINGS } from './settings.ts'

const lessons = new Map(allLessons().map((lesson) => [lesson.id, lesson]))

function createTestSession(settings: Partial<ClusterSettings> = {}): Session {
  return new Session({ settings: { ...DEFAULT_SETTINGS, ...settings }, lessons })
}

/** Plays the open lesson until its player stops, in virtual time. */
function playToEnd(session: Session): void {
  session.playLesson()
  const { simulation } = session.cluster
  const patienceUntil = simulation.now + 3_600_000
  do simulation.runFor(1000)
  while (session.lessonState()?.isPlaying === true && simulation.now < patienceUntil)
}

function transcript(session: Session, terminal: number): string {
  const runs = [...session.terminals].find(({ number }) => number === terminal)?.recorder.runs ?? []
  return runs.map((run) => `$ ${run.command}\n${run.output}`).join('')
}

describe.each(['1.36', '1.10'] as const)('the lesson basics in dialect %s', (dialect) => {
  it.each([7, 23, 4096])('plays to its end with seed %i, every check passed', (seed) => {
    const session = createTestSession({ dialect, seed })
    session.openLesson('basics', '')
    playToEnd(session)
    expect(session.playerError).toBeUndefined()
    const state = session.lessonState()
    const lesson = session.openedLesson()
    const checks = stepsOf(lesson).flatMap(({ step }) => checksOf(step))
    expect(checks.length).toBeGreaterThan(80)
    expect(state?.checks.map(({ id, state: word }) => `${id} ${word}`)).toEqual(
      checks.map(({ id }) => `${id} passed`),
    )
    const commands = stepsOf(lesson).flatMap(({ step }) =>
      step.blocks.filter((block) => block.type === 'command'),
    )
    expect(state?.commands).toHaveLength(commands.length)
  })
})

describe('a session', () => {
  it('is the same run again for the same settings and inputs', () => {
    const digests = [1, 2].map(() => {
      const session = createTestSession({ seed: 5 })
      session.openLesson('basics', '')
      session.playLesson()
      session.cluster.simulation.runFor(90_000)
      return session.cluster.simulation.trace.digest()
    })
    expect(digests[0]).toBe(digests[1])
    const other = createTestSession({ seed: 6 })
    other.openLesson('basics', '')
    other.playLesson()
    other.cluster.simulation.runFor(90_000)
    expect(other.cluster.simulation.trace.digest()).not.toBe(digests[0])
  })

  it('comes to the same place by replaying its inputs, also those between two events', () => {
    const recorded = createTestSession()
    const { simulation } = recorded.cluster
    recorded.openTerminal(1, 80, 24)
    recorded.input(1, 'echo one; sleep 1.5; echo two\r')
    simulation.run({ eventsMax: 7 })
    recorded.input(1, 'kubectl get nodes\r')
    simulation.runFor(1234.5)
    recorded.input(1, '\u0003')
    recorded.writeFile('a.txt', 'text')
    recorded.openLesson('basics', 'create')
    simulation.runFor(10)
    recorded.runCommand('create')
    simulation.runFor(3000)
    recorded.input(1, 'cat a.txt\r')
    simulation.run({ eventsMax: 3 })
    recorded.input(1, '# the end')

    const replayed = createTestSession()
    replayed.replay(structuredClone(recorded.inputs))
    expect(replayed.cluster.simulation.now).toBe(simulation.now)
    expect(replayed.cluster.simulation.trace.digest()).toBe(simulation.trace.digest())
    expect(transcript(replayed, 1)).toBe(transcript(recorded, 1))
  })

  it('refuses inputs that were recorded with other settings', () => {
    const recorded = createTestSession({ nodes: 1 })
    recorded.openTerminal(1, 80, 24)
    recorded.input(1, 'x')
    const other = createTestSession({ nodes: 5 })
    expect(() => other.replay(recorded.inputs)).toThrow(/recorded by another version/)
  })

  it('tells what was typed by hand as a run of the lesson’s command', () => {
    const session = createTestSession({ timings: 'kind' })
    session.openLesson('basics', 'manifest')
    session.openTerminal(2, 80, 24)
    session.writeFile('web.yaml', lessons.get('basics')?.files['web.yaml'] ?? '')
    session.openLesson('basics', 'create')
    session.input(2, 'kubectl   create -f web.yaml\r')
    session.cluster.simulation.runFor(60_000)
    const state = session.lessonState()
    expect(state?.commands.map(({ id }) => id)).toEqual(['create'])
    expect(state?.commands[0]?.output).toContain('statefulset.apps/web created')
    expect(state?.checks.map((check) => check.state)).toEqual(Array(4).fill('passed'))
  })

  it.each([
    { how: 'by hand', press: (session: Session) => session.input(1, '\u0003') },
    { how: 'by its button', press: (session: Session) => session.runCommand('stop-late-watch') },
  ])('tells of Ctrl C as of a command that was run $how', ({ press }) => {
    const session = createTestSession({ timings: 'kind' })
    session.openTerminal(1, 80, 24)
    session.input(1, 'kubectl get pods -w\r')
    session.cluster.simulation.runFor(5000)
    session.openLesson('basics', 'ordinal')
    expect(session.lessonState()?.commands).toEqual([])
    press(session)
    session.cluster.simulation.runFor(5000)
    expect(session.lessonState()?.commands).toMatchObject([{ id: 'stop-late-watch', output: '' }])
    expect(session.lessonState()?.commands[0]?.endedAt).toBeDefined()
  })
})

describe('the state of a lesson', () => {
  it('is the very same object until a check, a command or the step changes', () => {
    const session = createTestSession()
    session.openLesson('basics', '')
    const entered = session.lessonState()
    session.cluster.simulation.runFor(5000)
    expect(session.lessonState()).toBe(entered)
    session.openLesson('basics', 'watch')
    const moved = session.lessonState()
    expect(moved).not.toBe(entered)
    session.input(1, 'ls\r')
    session.cluster.simulation.runFor(1000)
    expect(session.lessonState()).not.toBe(moved)
    session.playLesson()
    expect(session.lessonState()?.isPlaying).toBe(true)
    session.stopLesson()
    expect(session.lessonState()?.isPlaying).toBe(false)
  })
})

describe('a command of the lesson that is clicked', () => {
  const WATCH = 'kubectl get pods -w -l app=nginx'

  function createOpenSession(step: string): Session {
    const session = createTestSession({ timings: 'kind' })
    session.openLesson('basics', step)
    for (const terminal of [1, 2]) session.openTerminal(terminal, 80, 24)
    session.cluster.simulation.runFor(1000)
    return session
  }

  function commandsIn(session: Session, terminal: number): readonly string[] {
    const found = [...session.terminals].find(({ number }) => number === terminal)
    return found?.recorder.runs.map(({ command }) => command) ?? []
  }

  it('twice in a row is typed once, and not letter by letter beside itself', () => {
    const session = createOpenSession('watch')
    session.runCommand('watch-creation')
    session.runCommand('watch-creation')
    session.cluster.simulation.runFor(100)
    session.runCommand('watch-creation')
    expect(session.lessonState()?.queued).toEqual(['watch-creation'])
    session.cluster.simulation.runFor(5000)
    expect(commandsIn(session, 1)).toEqual([WATCH])
    expect(session.lessonState()?.queued).toEqual([])
  })

  it('before another has ended is typed after it', () => {
    const session = createOpenSession('look')
    session.runCommand('get-service')
    session.runCommand('get-set')
    session.cluster.simulation.runFor(10_000)
    expect(commandsIn(session, 2)).toEqual(['kubectl get service nginx', 'kubectl get statefulset'])
  })

  it.each([
    { name: 'a line that was begun', typed: 'kubectl ge' },
    { name: 'a quote that was not closed', typed: "echo 'abc\r" },
    { name: 'a heredoc without its end', typed: 'cat << EOF\rabc\r' },
  ])('is not added to $name', ({ typed }) => {
    const session = createOpenSession('look')
    session.input(2, typed)
    session.cluster.simulation.runFor(1000)
    session.runCommand('get-set')
    session.cluster.simulation.runFor(10_000)
    expect(commandsIn(session, 2)).toEqual(['kubectl get statefulset'])
  })

  it('ends the watch that was left running in its terminal', () => {
    const session = createOpenSession('watch')
    session.runCommand('watch-creation')
    session.cluster.simulation.runFor(5000)
    session.openLesson('basics', 'delete-pods')
    session.runCommand('watch-deletion')
    session.cluster.simulation.runFor(5000)
    expect(commandsIn(session, 1)).toEqual([WATCH, 'kubectl get pod -w -l app=nginx'])
  })

  it('leaves the shell of a container when it is for the workstation', () => {
    const session = createOpenSession('nslookup')
    session.runCommand('dns-shell')
    session.cluster.simulation.runFor(60_000)
    session.runCommand('lookup-0')
    session.cluster.simulation.runFor(10_000)
    session.openLesson('basics', 'claims')
    session.runCommand('get-claims')
    session.cluster.simulation.runFor(60_000)
    expect(commandsIn(session, 2).at(-1)).toBe('kubectl get pvc')
    expect(transcript(session, 2)).toContain('No resources found in default namespace.')
  })

  it('takes over from the player, and so does turning the page', () => {
    const session = createOpenSession('watch')
    for (const takeOver of [
      () => session.runCommand('watch-creation'),
      () => session.openLesson('basics', 'manifest'),
    ]) {
      session.playLesson()
      session.cluster.simulation.runFor(1500)
      takeOver()
      expect(session.lessonState()?.isPlaying).toBe(false)
      session.cluster.simulation.runFor(5000)
    }
    expect(commandsIn(session, 1)).toEqual([WATCH])
    expect(session.lessonState()?.step).toBe('manifest')
  })
})

describe('a step that was done', () => {
  it('is found done by who comes back to it, with what was printed then', () => {
    const session = createTestSession({ timings: 'kind' })
    session.jumpTo('basics', 'adopt')
    session.runCommand('create-again')
    session.cluster.simulation.runFor(10_000)
    const outputOf = (id: string) =>
      session.lessonState()?.commands.find((command) => command.id === id)?.output
    expect(outputOf('create-again')).toContain('already exists')
    session.openLesson('basics', 'create')
    const checks = session.lessonState()?.checks ?? []
    const own = checksOf(
      stepsOf(session.openedLesson()).find(({ step }) => step.id === 'create')!.step,
    )
    for (const { id } of own) expect(checks.find((check) => check.id === id)?.state).toBe('passed')
    expect(outputOf('create')).toBe('service/nginx created\nstatefulset.apps/web created\n')
  })

  it('shows what is run in it anew', () => {
    const session = createTestSession({ timings: 'kind' })
    session.jumpTo('basics', 'adopt')
    session.openLesson('basics', 'look')
    session.runCommand('get-set')
    session.cluster.simulation.runFor(10_000)
    const run = session.lessonState()?.commands.find(({ id }) => id === 'get-set')
    expect(run?.output).toContain('No resources found')
  })
})

describe('a step of several commands', () => {
  it('has not failed while it is gone through, however long that takes', () => {
    const session = createTestSession({ timings: 'kind' })
    session.jumpTo('basics', 'staging')
    const statesAfter = (command: string) => {
      session.runCommand(command)
      session.cluster.simulation.runFor(60_000)
      return session.lessonState()?.checks.map(({ state }) => state)
    }
    expect(statesAfter('stage')).not.toContain('failed')
    expect(statesAfter('stage-image')).not.toContain('failed')
    expect(new Set(statesAfter('delete-staged'))).toEqual(new Set(['passed']))
  })

  it('has failed where something else was done, and nothing more comes of it', () => {
    const session = createTestSession({ timings: 'kind' })
    session.jumpTo('basics', 'staging')
    session.runCommand('stage')
    session.cluster.simulation.runFor(5000)
    session.input(2, 'kubectl scale sts web --replicas=2\r')
    session.cluster.simulation.runFor(60_000)
    expect(session.lessonState()?.checks.map(({ state }) => state)).toContain('failed')
  })
})

describe('a step that was begun by hand', () => {
  it('is played on from what was done', () => {
    const session = createTestSession({ timings: 'kind' })
    session.openLesson('basics', 'watch')
    for (const terminal of [1, 2]) session.openTerminal(terminal, 80, 24)
    session.input(1, 'kubectl get pods -w -l app=nginx\r')
    session.cluster.simulation.runFor(3000)
    session.playLesson()
    while (session.lessonState()?.step !== 'look') session.cluster.simulation.runFor(1000)
    const typed = transcript(session, 1).match(/^\$ .*/gm)
    expect(typed).toEqual(['$ kubectl get pods -w -l app=nginx'])
  })

  it('is played with what went wrong done again', () => {
    const session = createTestSession({ timings: 'kind' })
    session.jumpTo('basics', 'write')
    session.runCommand('read-pages')
    session.cluster.simulation.runFor(10_000)
    session.playLesson()
    session.cluster.simulation.runFor(30_000)
    expect(session.lessonState()?.trouble).toBe('')
    expect(transcript(session, 2)).toMatch(/403 Forbidden[^]*curl localhost; done\nweb-0\nweb-1\n/)
  })

  it('tells what stopped the player', () => {
    const session = createTestSession({ timings: 'kind' })
    session.jumpTo('basics', 'scale-up')
    session.input(2, 'kubectl delete sts web --cascade=orphan\r')
    session.cluster.simulation.runFor(5000)
    playToEnd(session)
    expect(session.lessonState()).toMatchObject({ isPlaying: false, step: 'scale-up' })
    expect(session.lessonState()?.trouble).toContain('saw no statefulsets/web')
  })
})

describe('a jump to a step', () => {
  it.each(['ordered', 'network', 'scaling', 'policy'])(
    'brings a fresh session to the chapter %s as playing there would',
    (chapterId) => {
      const lesson = lessons.get('basics')
      const step = lesson?.chapters.find(({ id }) => id === chapterId)?.steps[0]?.id ?? ''
      const session = createTestSession({ timings: 'kind' })
      session.openTerminal(1, 100, 20)
      session.openTerminal(2, 100, 20)
      session.jumpTo('basics', step)
      expect(session.lessonState()?.step).toBe(step)
      expect(session.lessonState()?.isPlaying).toBe(false)
      const earlier =
        session.lessonState()?.checks.filter((check) => check.state !== 'passed') ?? []
      const own = stepsOf(lesson!).find((each) => each.step.id === step)?.step.blocks ?? []
      const ownChecks = own.flatMap((b) => (b.type === 'checks' ? b.checks.map((c) => c.id) : []))
      expect(earlier.filter(({ id }) => !ownChecks.includes(id))).toEqual([])
    },
  )

  it('is one input, and replaying it comes to the same place', () => {
    const session = createTestSession({ timings: 'kind' })
    session.openTerminal(1, 100, 20)
    session.jumpTo('basics', 'nslookup')
    const replayed = createTestSession({ timings: 'kind' })
    replayed.replay(session.inputs)
    expect(session.inputs.filter(({ type }) => type === 'jump')).toHaveLength(1)
    expect(replayed.cluster.simulation.trace.digest()).toBe(
      session.cluster.simulation.trace.digest(),
    )
  })
})

import { describe, expect, it } from 'vitest'
import { allLessons } from '#lessons/catalog.test-kit.ts'
import { type CheckState, checksOf, type Step } from '#lessons/lesson.ts'
import { stepsOf } from '#lessons/parse-lesson.ts'
import { Session } from './session.ts'
import { DEFAULT_SETTINGS } from './settings.ts'

/** What is typed instead of the step's commands, and what its checks, by their texts, answer. */
type Mistake = {
  readonly step: string
  readonly typed: string
  readonly says: Readonly<Record<string, string>>
  /** Brings the cluster back to where the step began, for the lesson to go on. */
  readonly undo?: string
  /** Somebody changed the cluster, it came to rest, and it is not so: more than not yet. */
  readonly isFailed?: true
}

const CURL = 'for i in 0 1; do kubectl exec -it web-$i -- curl localhost; done'
const HOSTNAMES = "for i in 0 1; do kubectl exec web-$i -- sh -c 'hostname'; done"
const IMAGE = 'k8s.gcr.io/nginx-slim'
const partition = (ordinal: number): string =>
  `kubectl patch sts web -p '{"spec":{"updateStrategy":{"type":"RollingUpdate","rollingUpdate":{"partition":${ordinal}}}}}'`
const notRun = (command: string, text: string): string =>
  `expected "${command}" to print "${text}", saw that it was not run yet`

const MISTAKES: readonly Mistake[] = [
  {
    step: 'manifest',
    typed: "echo 'kind: Service' > web.yaml",
    says: {
      'the file web.yaml holds the StatefulSet':
        'expected the file web.yaml to contain "kind: StatefulSet", saw a file without it, whose first line is "kind: Service"',
    },
  },
  {
    step: 'create',
    typed: 'kubectl create -f wep.yaml',
    says: {
      'the Service nginx is headless':
        'expected spec.clusterIP of services/nginx to be None, saw no services/nginx',
      'the set tells in an Event that it created web-0':
        'expected an Event SuccessfulCreate about statefulsets/web saying "web-0", saw none about it',
      'web-0 is Running and Ready': 'expected web-0 to be Running and Ready, saw no Pod web-0',
      'web-1 is Running and Ready': 'expected web-1 to be Running and Ready, saw no Pod web-1',
    },
  },
  {
    step: 'look',
    typed: 'kubectl get pod web-9',
    says: { 'kubectl showed both Pods': notRun('kubectl get pods', 'web-1 1/1 Running') },
  },
  {
    step: 'late-watch',
    typed: 'kubectl get pods -l app=nginx',
    says: {
      'the late watch saw both Pods running': notRun(
        'kubectl get pods -w -l app=nginx',
        'web-1 1/1 Running',
      ),
    },
  },
  {
    step: 'ordinal',
    typed: 'kubectl get pods -l app=other',
    says: {
      'kubectl showed them by their ordinals': notRun(
        'kubectl get pods -l app=nginx',
        'web-1 1/1 Running',
      ),
    },
  },
  {
    step: 'hostname',
    typed: 'hostname',
    says: { 'both Pods answered with their own names': notRun(HOSTNAMES, 'web-0 web-1') },
  },
  {
    step: 'nslookup',
    typed: 'nslookup web-0.nginx',
    says: {
      'nslookup found web-0':
        'expected "nslookup web-0.nginx" to print "web-0.nginx.default.svc.cluster.local", saw "',
      'nslookup found web-1': notRun(
        'nslookup web-1.nginx',
        'web-1.nginx.default.svc.cluster.local',
      ),
    },
  },
  {
    step: 'delete-pods',
    typed: 'kubectl delete pod web-0',
    isFailed: true,
    says: {
      'web-1 has a new occupant, Running and Ready':
        'expected a new web-1, Running and Ready, saw the one that was there before, with the UID ',
      'the new web-1 was created after the new web-0 was Ready':
        'expected web-0 to be Ready before web-1 is created, saw only web-0 Ready at ',
      'web-1.nginx answers another address than before':
        'expected web-1.nginx to have an address other than before, saw still 10.244.',
    },
  },
  {
    step: 'same-names',
    typed: "for i in 0 1; do kubectl exec web-$i -- sh -c 'uname'; done",
    says: {
      'the new Pods answered with the old host names': notRun(HOSTNAMES, 'web-0 web-1'),
      'nslookup still finds web-0 under its name': notRun(
        'nslookup web-0.nginx',
        'web-0.nginx.default.svc.cluster.local',
      ),
    },
  },
  {
    step: 'claims',
    typed: 'kubectl get pv',
    says: { 'kubectl showed the claim of web-1': notRun('kubectl get pvc', 'www-web-1 Bound') },
  },
  {
    step: 'write',
    typed: CURL,
    says: {
      'both Pods serve their own names': `expected "${CURL}" to print "web-0 web-1", saw "</html>" as its last line`,
    },
  },
  {
    step: 'delete-again',
    typed: 'kubectl delete pod -l app=ngin',
    says: {
      'web-0 has a new occupant, Running and Ready':
        'expected a new web-0, Running and Ready, saw the one that was there before, with the UID ',
    },
  },
  {
    step: 'what-stayed',
    typed: 'kubectl exec web-0 -- curl localhost',
    says: { 'the new Pods serve the old pages': notRun(CURL, 'web-0 web-1') },
  },
  {
    step: 'scale-up',
    typed: 'kubectl scale sts web --replicas=4',
    undo: 'kubectl scale sts web --replicas=2',
    isFailed: true,
    says: {
      'web-4 was created after web-3 was Ready':
        'expected web-3 to be Ready before web-4 is created, saw only web-3 Ready at ',
      'all five Pods are Ready': 'expected status.readyReplicas of statefulsets/web to be 5, saw 4',
    },
  },
  {
    step: 'scale-down',
    typed: 'kubectl scale sts web --replicas=4',
    undo: 'kubectl scale sts web --replicas=5',
    isFailed: true,
    says: {
      'web-3 was deleted after web-4 was gone':
        'expected web-4 to be gone before web-3 is deleted, saw only web-4 gone at ',
      'web-3 is gone': 'expected pods/web-3 to be gone, saw that it is there',
    },
  },
  {
    step: 'claims-stay',
    typed: 'kubectl get pvc -l app=other',
    says: {
      'kubectl showed the claim of web-4': notRun(
        'kubectl get pvc -l app=nginx',
        'www-web-4 Bound',
      ),
    },
  },
  {
    step: 'strategy',
    typed: `kubectl patch sts web -p '{"spec":{"updateStrategy":{"type":"OnDelete","rollingUpdate":null}}}'`,
    undo: `kubectl patch sts web -p '{"spec":{"updateStrategy":{"type":"RollingUpdate"}}}'`,
    isFailed: true,
    says: {
      'the strategy is RollingUpdate':
        'expected spec.updateStrategy.type of statefulsets/web to be RollingUpdate, saw OnDelete',
    },
  },
  {
    step: 'rolling',
    typed: `kubectl set image statefulset/web nginx=${IMAGE}:0.8`,
    says: {
      'web-1 was deleted after the new web-2 was Ready':
        'expected web-2 to be Ready before web-1 is deleted, saw neither so far',
      'web-0 runs the new image': `expected spec.containers[0].image of pods/web-0 to be ${IMAGE}:0.7, saw ${IMAGE}:0.8`,
    },
  },
  {
    step: 'staging',
    typed: 'kubectl delete pod web-1',
    isFailed: true,
    says: {
      'the template has the new image': `expected spec.template.spec.containers[0].image of statefulsets/web to be ${IMAGE}:0.8, saw ${IMAGE}:0.7`,
      'web-1 was left alone': 'expected web-1 to be the Pod that it was, saw another: its UID is ',
    },
  },
  {
    step: 'canary',
    typed: partition(3),
    isFailed: true,
    says: {
      'web-2 has a new occupant, Running and Ready':
        'expected a new web-2, Running and Ready, saw the one that was there before, with the UID ',
      'web-2 runs the new image': `expected spec.containers[0].image of pods/web-2 to be ${IMAGE}:0.8, saw ${IMAGE}:0.7`,
    },
  },
  {
    step: 'phases',
    typed: partition(2),
    isFailed: true,
    says: {
      'web-0 runs the new image': `expected spec.containers[0].image of pods/web-0 to be ${IMAGE}:0.8, saw ${IMAGE}:0.7`,
      'the whole set is at one revision':
        'expected status.updatedReplicas of statefulsets/web to be 3, saw 1',
    },
  },
  {
    step: 'on-delete',
    typed: 'kubectl delete pod web-2',
    isFailed: true,
    says: {
      'the strategy is OnDelete':
        'expected spec.updateStrategy.type of statefulsets/web to be OnDelete, saw RollingUpdate',
      'it was you who deleted web-1, not the controller':
        'expected kubernetes-admin to delete pods/web-1, saw that nobody did',
    },
  },
  {
    step: 'history',
    typed: 'kubectl rollout undo statefulset/wep',
    says: {
      'the template has the image from before': `expected spec.template.spec.containers[0].image of statefulsets/web to be ${IMAGE}:0.8, saw ${IMAGE}:0.7`,
    },
  },
  {
    step: 'orphans',
    typed: 'kubectl delete statefulset wep --cascade=false',
    says: {
      'the set is gone': 'expected statefulsets/web to be gone, saw that it is there',
      'the garbage collector took the owner out of web-2':
        'expected generic-garbage-collector to patch pods/web-2, saw that nobody did',
    },
  },
  {
    step: 'adopt',
    typed: 'kubectl create -f wep.yaml',
    says: {
      'the set is there again': 'expected statefulsets/web to exist, saw that it does not',
      'web-0 belongs to the set again':
        'expected metadata.ownerReferences[0].name of pods/web-0 to be web, saw not set',
      'the controller found web-2 to be one too many':
        'expected the controller of web to say "delete" of web-2, saw no word on web-2',
      'web-2 is gone': 'expected pods/web-2 to be gone, saw that it is there',
    },
  },
  {
    step: 'cascade',
    typed: 'kubectl delete statefulset web --dry-run=client',
    says: {
      'no Pod is left': 'expected 0 pods labelled app=nginx, saw 2',
      'the garbage collector deleted web-0, not the set’s controller':
        'expected generic-garbage-collector to delete pods/web-0, saw that nobody did',
    },
  },
  {
    step: 'leftovers',
    typed: 'kubectl delete service ngin',
    says: { 'the Service is gone': 'expected services/nginx to be gone, saw that it is there' },
  },
  {
    step: 'parallel',
    typed: 'kubectl create -f web.yaml',
    undo: 'kubectl delete -f web.yaml',
    isFailed: true,
    says: {
      'the policy is Parallel':
        'expected spec.podManagementPolicy of statefulsets/web to be Parallel, saw OrderedReady',
      'web-1 was created before web-0 was Ready':
        'expected web-1 to be created before web-0 is Ready, saw web-0 Ready at ',
    },
  },
  {
    step: 'scale-parallel',
    typed: 'kubectl scale statefulset/web --replicas=3',
    undo: 'kubectl scale statefulset/web --replicas=2',
    isFailed: true,
    says: {
      'all four Pods are Ready': 'expected status.readyReplicas of statefulsets/web to be 4, saw 3',
    },
  },
  {
    step: 'delete-parallel',
    typed: 'kubectl delete sts wep',
    says: {
      'no Pod is left': 'expected 0 pods labelled app=nginx, saw 4',
      'web-0 was deleted before web-3 was gone':
        'expected web-0 to be deleted before web-3 is gone, saw neither so far',
    },
  },
  {
    step: 'clean-claims',
    typed: 'kubectl delete pvc www-web-0',
    isFailed: true,
    says: {
      'no claim is left': 'expected 0 persistentvolumeclaims labelled app=nginx, saw 4',
      'no volume is left': 'expected 0 persistentvolumes, saw 4',
    },
  },
]

function createLessonSession(): Session {
  const lessons = new Map(allLessons().map((lesson) => [lesson.id, lesson]))
  const session = new Session({ settings: { ...DEFAULT_SETTINGS, timings: 'kind' }, lessons })
  session.openLesson('basics', '')
  session.openTerminal(1, 120, 30)
  session.openTerminal(2, 120, 30)
  return session
}

/** The states of a step's checks by their texts. */
function statesOf(session: Session, step: Step): ReadonlyMap<string, CheckState> {
  const states = session.lessonState()?.checks ?? []
  return new Map(
    checksOf(step).flatMap(({ id, text }) =>
      states.filter((state) => state.id === id).map((state) => [text.replaceAll("'", '’'), state]),
    ),
  )
}

function type(session: Session, line: string): void {
  session.input(2, `${line}\r`)
  for (let second = 0; second < 40; second++) {
    session.cluster.simulation.runFor(1000)
    session.lessonState()
  }
}

/** Plays the step that is open as it should be played. */
function playStep(session: Session, step: Step): void {
  session.openLesson('basics', step.id)
  session.playLesson()
  while (session.lessonState()?.isPlaying === true && session.lessonState()?.step === step.id) {
    session.cluster.simulation.runFor(100)
  }
  session.stopLesson()
  if (session.playerError !== undefined) throw session.playerError
}

// One run through the lesson: at each step first nothing is done, then something wrong, then it is
// played as it should be, so that the next step finds its world.
describe('at every checked step', () => {
  const session = createLessonSession()
  const steps = stepsOf(session.openedLesson()).map(({ step }) => step)
  const skipped = new Map<string, ReadonlyMap<string, CheckState>>()
  const mistaken = new Map<string, ReadonlyMap<string, CheckState>>()
  for (const step of steps) {
    const mistake = MISTAKES.find((each) => each.step === step.id)
    if (mistake !== undefined) {
      session.openLesson('basics', step.id)
      session.cluster.simulation.runFor(5000)
      skipped.set(step.id, statesOf(session, step))
      type(session, mistake.typed)
      mistaken.set(step.id, statesOf(session, step))
      if (mistake.undo !== undefined) type(session, mistake.undo)
    }
    playStep(session, step)
  }

  it('there is a wrong input', () => {
    // This step has no command: its checks look back, and one fails below.
    const checked = steps.filter((step) => checksOf(step).length > 0 && step.id !== 'one-at-a-time')
    expect(MISTAKES.map(({ step }) => step)).toEqual(checked.map(({ id }) => id))
  })

  it.each(MISTAKES)('$step: nothing done is not passed, and told', ({ step }) => {
    const open = [...(skipped.get(step)?.values() ?? [])].filter(({ state }) => state !== 'passed')
    expect(open.length).toBeGreaterThan(0)
    for (const { message } of open) expect(message).toMatch(/^expected .+, saw .+/)
  })

  it.each(MISTAKES)('$step: "$typed" is told apart', ({ step, says, isFailed }) => {
    for (const [text, message] of Object.entries(says)) {
      const state = mistaken.get(step)?.get(text)
      expect(`${text}: ${state?.message}`).toContain(`${text}: ${message}`)
      if (isFailed === true) expect(state?.state).toBe('failed')
      else expect(state?.state).not.toBe('passed')
    }
  })
})

it('a watch that was never opened is missed where its output is asked for', () => {
  const session = createLessonSession()
  const { step } = stepsOf(session.openedLesson()).find((each) => each.step.id === 'one-at-a-time')!
  session.writeFile('web.yaml', session.openedLesson().files['web.yaml'] ?? '')
  type(session, 'kubectl create -f web.yaml')
  session.openLesson('basics', step.id)
  const state = statesOf(session, step).get('the watch saw web-0 become Running')
  expect(state).toMatchObject({
    state: 'waiting',
    message: notRun('kubectl get pods -w -l app=nginx', 'web-0 1/1 Running'),
  })
})

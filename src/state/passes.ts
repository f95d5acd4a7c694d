import type { DecisionPass, Verdict } from '#worker/protocol.ts'

/** Passes that followed each other and came to the same: the newest stands for all. */
export type PassGroup = {
  readonly pass: DecisionPass
  readonly first: DecisionPass
  readonly count: number
}

/** The newest groups first, at most so many. */
export function newestGroups(passes: readonly DecisionPass[], most: number): readonly PassGroup[] {
  const groups: PassGroup[] = []
  for (let index = passes.length - 1; index >= 0; index--) {
    const pass = passes[index]
    const last = groups.at(-1)
    if (pass === undefined) break
    if (last !== undefined && isSame(pass, last.pass)) {
      groups[groups.length - 1] = { ...last, first: pass, count: last.count + 1 }
    } else if (groups.length === most) break
    else groups.push({ pass, first: pass, count: 1 })
  }
  return groups
}

function isSame(a: DecisionPass, b: DecisionPass): boolean {
  return (
    a.summary === b.summary &&
    a.awaited === b.awaited &&
    a.verdicts.length === b.verdicts.length &&
    a.verdicts.every((verdict, index) => isSameVerdict(verdict, b.verdicts[index]))
  )
}

function isSameVerdict(a: Verdict, b: Verdict | undefined): boolean {
  return a.pod === b?.pod && a.action === b.action && a.why === b.why
}

/** Why, beside the Pod's name: the sentence without its subject. */
export function whyOf({ pod, why }: Verdict): string {
  for (const subject of [`${pod} is `, `${pod} `]) {
    if (why.startsWith(subject)) return why.slice(subject.length)
  }
  return why
}

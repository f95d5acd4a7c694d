import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { allLessons } from '#lessons/catalog.ts'
import { Session } from './session.ts'
import { DEFAULT_SETTINGS } from './settings.ts'

/** One command of the original text, with the output it shows there. */
type Shown = { readonly command: string; readonly output: readonly string[] }

const file = join(import.meta.dirname, '../../tools/recordings/tutorial/original-1.10.txt')

function originalCommands(): readonly Shown[] {
  const shown: { command: string; output: string[] }[] = []
  for (const line of readFileSync(file, 'utf8').trimEnd().split('\n')) {
    const command = /^(?:\[1\])?\$ (.*)$/.exec(line)?.[1]
    if (command !== undefined) shown.push({ command, output: [] })
    else if (!line.startsWith('#')) shown.at(-1)?.output.push(line)
  }
  return shown
}

/** What differs from run to run: ages, addresses of Pods, names of volumes. */
function evened(line: string): string {
  return line
    .trimEnd()
    .replace(/\b\d+[smh]$/, 'AGE')
    .replaceAll(/\b100\.96\.\d+\.\d+/g, 'POD-IP')
    .replaceAll(/pvc-[0-9a-f-]{36}/g, 'PVC-UID')
}

function printedLines(output: string): readonly string[] {
  const lines = output.split('\n')
  // What follows the last line break is the next prompt.
  return lines.slice(0, -1).filter((line) => line.trim() !== '' && !line.startsWith('^C'))
}

/** Of an interactive shell only what comes before its first prompt: the rest are other commands. */
function beforeInnerPrompt(lines: readonly string[]): readonly string[] {
  const at = lines.findIndex((line) => line.startsWith('/ #'))
  return at < 0 ? lines : lines.slice(0, at)
}

describe('the classic tutorial in dialect 1.10', () => {
  const session = new Session({
    settings: { ...DEFAULT_SETTINGS, dialect: '1.10', timings: 'cloud' },
    lessons: new Map(allLessons().map((lesson) => [lesson.id, lesson])),
  })
  session.openLesson('basics', '')
  session.playLesson()
  do session.cluster.simulation.runFor(1000)
  while (session.lessonState()?.isPlaying === true)
  const runs = [...session.terminals].flatMap(({ recorder }) => [...recorder.runs])
  const used = new Set<unknown>()

  it.each(originalCommands())('prints what the original shows for: $command', (shown) => {
    const run = runs.find((each) => each.command === shown.command && !used.has(each))
    used.add(run)
    const wanted = shown.output.filter((line) => line !== '').map(evened)
    const printed = beforeInnerPrompt(printedLines(run?.output ?? '')).map(evened)
    // Pods that move at the same time take turns by chance; each Pod's own rows have their order.
    if (wanted.some((line) => line.startsWith('web-3')) && wanted.length > 10) {
      for (const pod of ['web-0', 'web-1', 'web-2', 'web-3']) {
        const own = (line: string): boolean => line.startsWith(pod)
        expect(printed.filter(own)).toEqual(wanted.filter(own))
      }
    } else {
      expect(printed).toEqual(wanted)
    }
  })

  it('takes a Pod 18 or 19 seconds from its creation to Ready', () => {
    const { moments } = session.journal
    for (const pod of ['web-0', 'web-1']) {
      const created = moments.find((each) => each.pod === pod && each.became === 'created')
      const ready = moments.find((each) => each.pod === pod && each.became === 'ready')
      const seconds = Math.floor(((ready?.time ?? NaN) - (created?.time ?? NaN)) / 1000)
      expect([18, 19]).toContain(seconds)
    }
  })
})

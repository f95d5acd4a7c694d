import { useEffect, useMemo, useState } from 'react'
import { type Manifest, type Marker, readManifest, refusalMarkers } from '#state/manifest.ts'
import { objectPath, refusal } from '#state/requests.ts'
import type { AppState } from '#state/store.ts'
import { diffLines, type DiffLine, yamlLines } from '#state/yaml-lines.ts'
import type { Status } from '#sim/apimachinery/status.ts'
import { useApp, useAppStore } from '#ui/app-context.ts'
import type { Reply } from '#worker/protocol.ts'

export type Outcome = {
  readonly object: string
  readonly word: string
  readonly isRefused: boolean
  /** What changes in the live object; empty where nothing does. */
  readonly diff: readonly DiffLine[]
}

export type ManifestEditor = {
  readonly text: string
  readonly manifest: Manifest
  readonly markers: readonly Marker[]
  readonly outcomes: readonly Outcome[]
  readonly isBusy: boolean
  readonly edit: (text: string) => void
  readonly read: () => void
  readonly save: () => void
  readonly dryRun: () => void
  readonly apply: () => void
}

/** A file of the workstation, edited; what the server says to it, at the lines it speaks of. */
export function useManifest(path: string): ManifestEditor {
  const store = useAppStore()
  const [text, setText] = useState('')
  const [refusals, setRefusals] = useState<readonly Marker[]>([])
  const [outcomes, setOutcomes] = useState<readonly Outcome[]>([])
  const [isBusy, setBusy] = useState(false)
  const manifest = useMemo(() => readManifest(text), [text])
  const markers = useMemo(() => [...manifest.markers, ...refusals], [manifest, refusals])
  const say = useApp((state) => state.say)

  const edit = (next: string) => {
    if (next === text) return
    setText(next)
    setRefusals([])
    setOutcomes([])
  }
  const read = async () => {
    const reply = await store.getState().ask({ type: 'readFile', path })
    setText(reply.ok ? fileText(reply.body) : lessonFile(store.getState(), path))
  }
  const save = async () => {
    const reply = await store.getState().ask({ type: 'writeFile', path, text })
    say(reply.ok ? `Saved ${path}.` : reply.message)
  }
  const send = async (isDryRun: boolean): Promise<boolean> => {
    const { refused, outcomes: made } = await sendAll(store.getState(), manifest, isDryRun)
    setRefusals(refused)
    setOutcomes(made)
    return refused.length === 0
  }
  const busily = async (work: () => Promise<void>) => {
    setBusy(true)
    await work()
    setBusy(false)
  }
  useEffect(() => {
    void read()
    // Reading again when the path changes is all this is for.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [path])
  return {
    text,
    manifest,
    markers,
    outcomes,
    isBusy,
    edit,
    read: () => void read(),
    save: () => void save(),
    dryRun: () => void busily(async () => void (await send(true))),
    apply: () =>
      void busily(async () => {
        await save()
        // Either every object is accepted or none is sent.
        if (await send(true)) {
          await send(false)
          say(`Applied, as: kubectl apply --server-side -f ${path}`)
        }
      }),
  }
}

type Sent = { readonly refused: readonly Marker[]; readonly outcomes: readonly Outcome[] }

async function sendAll(state: AppState, manifest: Manifest, isDryRun: boolean): Promise<Sent> {
  const refused: Marker[] = []
  const outcomes: Outcome[] = []
  for (const document of manifest.documents) {
    const { object } = document
    const live = await state.ask({ type: 'request', method: 'GET', path: objectPath(object) })
    const reply = await state.applyObject(object, isDryRun)
    const message = refusal(reply)
    const name = `${object.kind.toLowerCase()} ${object.metadata.name}`
    if (message === undefined) {
      const diff = changesOf(live, reply)
      outcomes.push({
        object: name,
        word: outcomeWord(live, diff, isDryRun),
        isRefused: false,
        diff,
      })
      continue
    }
    refused.push(...refusalMarkers(document, message, causesOf(reply)))
    outcomes.push({ object: name, word: message, isRefused: true, diff: [] })
  }
  return { refused, outcomes }
}

function outcomeWord(live: Reply, diff: readonly DiffLine[], isDryRun: boolean): string {
  if (!isFound(live)) return isDryRun ? 'would be created' : 'created'
  if (diff.length === 0) return 'same as live'
  return isDryRun ? 'would change' : 'changed'
}

function isFound(live: Reply): boolean {
  return live.ok && live.code < 400
}

function changesOf(live: Reply, reply: Reply): readonly DiffLine[] {
  if (!live.ok || !reply.ok || !isFound(live)) return []
  return diffLines(yamlLines(asked(live.body)), yamlLines(asked(reply.body)))
}

/** What a manifest speaks of: not the status, and not what the server notes in metadata. */
function asked(body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return body
  const { status: _status, metadata, ...rest } = body as Record<string, unknown>
  const { labels, annotations } = (metadata ?? {}) as Record<string, unknown>
  return {
    ...(labels === undefined && annotations === undefined
      ? {}
      : { metadata: { labels, annotations } }),
    ...rest,
  }
}

function causesOf(reply: Reply) {
  if (!reply.ok) return []
  return (reply.body as Status | undefined)?.details?.causes ?? []
}

function fileText(body: unknown): string {
  if (typeof body === 'string') return body
  if (typeof body === 'object' && body !== null && 'text' in body) return String(body.text)
  return ''
}

/** Before its command was run, a lesson's file is offered as the lesson has it. */
function lessonFile(state: AppState, path: string): string {
  const open = state.lessons.find(({ id }) => id === state.lesson?.lesson) ?? state.lessons[0]
  return open?.files[path] ?? ''
}

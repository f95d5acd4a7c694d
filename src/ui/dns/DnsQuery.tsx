import { type FormEvent, useState } from 'react'
import { digText, reverseName, searchNames } from '#state/dig.ts'
import type { AppState } from '#state/store.ts'
import { useApp } from '#ui/app-context.ts'
import { Button } from '#ui/primitives/Button.tsx'
import { Section } from '#ui/primitives/Section.tsx'
import sections from '#ui/primitives/section.module.css'
import type { QueryAnswer } from '#worker/protocol.ts'
import styles from './dns.module.css'

const TYPES = ['A', 'AAAA', 'SRV', 'PTR', 'CNAME'] as const

/** One question to the cluster's DNS server, answered as `dig` prints it. */
export function DnsQuery({ suggestion }: { readonly suggestion: string }) {
  const ask = useApp((state) => state.ask)
  const [name, setName] = useState<string | undefined>(undefined)
  const [recordType, setRecordType] = useState('A')
  const [answer, setAnswer] = useState('')
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const typed = (name ?? suggestion).trim()
    const asked = recordType === 'PTR' ? reverseName(typed) : typed
    setAnswer(await resolve(ask, asked, recordType))
  }
  return (
    <Section title="Ask the resolver" detail="as a Pod in default would">
      <form className={sections.ask} onSubmit={(event) => void submit(event)}>
        <input
          className={styles.name}
          aria-label="Name to resolve"
          spellCheck={false}
          value={name ?? suggestion}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <select
          aria-label="Type of record"
          value={recordType}
          onChange={(event) => setRecordType(event.currentTarget.value)}
        >
          {TYPES.map((type) => (
            <option key={type}>{type}</option>
          ))}
        </select>
        <Button size="small" type="submit">
          Query
        </Button>
      </form>
      {answer !== '' && (
        <pre className={sections.out} aria-live="polite">
          {answer}
        </pre>
      )}
    </Section>
  )
}

/** Goes through the search list until a name has an answer, as a Pod's resolver does. */
async function resolve(ask: AppState['ask'], typed: string, recordType: string): Promise<string> {
  let last = ''
  for (const name of searchNames(typed, 'default')) {
    const reply = await ask({ type: 'query', name, recordType })
    if (!reply.ok) return reply.message
    // The body is what protocol.ts promises for this question.
    const answer = reply.body as QueryAnswer
    if (last === '' || answer.code === 'NOERROR') last = digText(name, recordType, answer)
    if (answer.code !== 'NXDOMAIN') break
  }
  return last
}

/** A sentence with the names of a set's Pods standing out, unbroken at their hyphens. Claims end like them. */
export function Named(props: { readonly text: string; readonly setName: string }) {
  const pattern = new RegExp(`((?<![\\w-])${escaped(props.setName)}-\\d+\\b)`)
  return props.text.split(pattern).map((part, index) =>
    index % 2 === 0 ? (
      part
    ) : (
      // The parts of one sentence never change places.
      <b key={index} style={{ whiteSpace: 'nowrap', fontWeight: 600 }}>
        {part}
      </b>
    ),
  )
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

import { Fragment, type ReactNode } from 'react'
import { parseProse, type Inline, type ProseBlock } from './parse-prose.ts'
import styles from './prose.module.css'

/** Prose of a lesson: paragraphs, lists, code, emphasis and links; nothing else is in it. */
export function Prose({ markdown }: { readonly markdown: string }) {
  return (
    <div className={styles.prose}>
      {parseProse(markdown).map((block, index) => (
        // The text does not change while it is shown.
        <Fragment key={index}>{renderBlock(block)}</Fragment>
      ))}
    </div>
  )
}

function renderBlock(block: ProseBlock): ReactNode {
  switch (block.type) {
    case 'paragraph':
      return <p>{renderInline(block.content)}</p>
    case 'code':
      return <pre>{block.text}</pre>
    case 'list': {
      const items = block.items.map((item, index) => <li key={index}>{renderInline(item)}</li>)
      return block.isOrdered ? <ol>{items}</ol> : <ul>{items}</ul>
    }
  }
}

function renderInline(content: readonly Inline[]): ReactNode {
  return content.map((piece, index) => <Fragment key={index}>{renderPiece(piece)}</Fragment>)
}

function renderPiece(piece: Inline): ReactNode {
  switch (piece.type) {
    case 'text':
      return piece.text
    case 'code':
      return <code>{piece.text}</code>
    case 'strong':
      return <b>{renderInline(piece.content)}</b>
    case 'emphasis':
      return <em>{renderInline(piece.content)}</em>
    case 'link':
      return (
        <a href={piece.href} target="_blank" rel="noreferrer">
          {renderInline(piece.content)}
        </a>
      )
  }
}

import { useState } from 'preact/hooks'
import { texts } from '../../texts/texts.ts'
import { type Member, membersOf, type OpenApi, type Schema, typeOf } from './document.ts'

/**
 * The members of a schema; nested ones can be expanded and are rendered only then, since a schema may be recursive.
 */
export function SchemaTree({ document, schema }: { document: OpenApi; schema: Schema }) {
  const members = membersOf(document, schema)
  if (members.length === 0) return <p class="muted">{typeOf(document, schema)}</p>
  return (
    <ul class="tree">
      {members.map((member) => (
        <li key={member.name}>
          <Branch document={document} member={member} />
        </li>
      ))}
    </ul>
  )
}

function Branch({ document, member }: { document: OpenApi; member: Member }) {
  const { name, schema, isRequired } = member
  const [isOpen, setOpen] = useState(false)
  const label = (
    <>
      <code>{name}</code> <span class="muted">{typeOf(document, schema)}</span>{' '}
      {isRequired ? <strong>{texts().api.required}</strong> : null} {schema.description}
    </>
  )
  if (membersOf(document, schema).length === 0) return label
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{label}</summary>
      {isOpen ? <SchemaTree document={document} schema={schema} /> : null}
    </details>
  )
}

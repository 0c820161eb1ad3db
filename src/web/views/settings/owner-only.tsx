import type { ComponentChildren } from 'preact'
import { ENDPOINTS } from '../../../api/endpoints.ts'
import { Copyable } from '../../parts/copyable.tsx'
import { access } from '../../state/household.ts'
import { TEXTS } from '../../texts.ts'

const { settings: texts } = TEXTS

/** The endpoints that always need the credential of the owner. */
type OwnerEndpoint = {
  [Name in keyof typeof ENDPOINTS]: (typeof ENDPOINTS)[Name] extends {
    readonly ownerCommand: string
  }
    ? Name
    : never
}[keyof typeof ENDPOINTS]

interface OwnerOnlyProps {
  /** The endpoint that the controls inside use. */
  readonly of: OwnerEndpoint
  readonly children: ComponentChildren
}

/** Controls for the owner; whoever is not sees what to type on the machine instead. */
export function OwnerOnly({ of, children }: OwnerOnlyProps) {
  if (access.value?.owner === true) return <>{children}</>
  const { ownerCommand } = ENDPOINTS[of]
  return (
    <>
      <p class="hint">{texts.ownerOnly}</p>
      {/* Of one that has to be completed, a copy is of no use. */}
      {/[<…]/.test(ownerCommand) ? (
        <code class="command">{ownerCommand}</code>
      ) : (
        <Copyable text={ownerCommand} label={ownerCommand} />
      )}
    </>
  )
}

/** The tables that an import reads: our names → theirs. A missing column reads as null. */
export const TABLES = {
  states: {
    table: 'states',
    columns: {
      serial: 'serial',
      objectKey: 'object_key',
      revision: 'object_revision',
      timestamp: 'object_timestamp',
      value: 'value',
      updatedAt: 'updatedAt',
    },
  },
  entryKeys: {
    table: 'entryKeys',
    columns: {
      serial: 'serial',
      code: 'code',
      createdAt: 'createdAt',
      expiresAt: 'expiresAt',
      claimedBy: 'claimedBy',
      claimedAt: 'claimedAt',
    },
  },
  owners: {
    table: 'deviceOwners',
    columns: { serial: 'serial', userId: 'userId', createdAt: 'createdAt' },
  },
  users: { table: 'users', columns: { userId: 'clerkId', email: 'email', createdAt: 'createdAt' } },
  integrations: {
    table: 'integrations',
    columns: { type: 'type', enabled: 'enabled', config: 'config', updatedAt: 'updatedAt' },
  },
} as const

type Name = keyof typeof TABLES
/** A row of the other server, unchecked. A field is null where its column is missing. */
export type Row<N extends Name> = {
  readonly [Column in keyof (typeof TABLES)[N]['columns']]: unknown
}

export type SourceState = Row<'states'>
export type SourceEntryKey = Row<'entryKeys'>
export type SourceIntegration = Row<'integrations'>

export type SourceData = { readonly [N in Name]: readonly Row<N>[] } & {
  /** Tables that are not read. */
  readonly others: readonly { readonly table: string; readonly rows: number }[]
}

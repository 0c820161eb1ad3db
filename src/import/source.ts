/** The other server's rows, unchecked. A field is null where its column is missing. */
export interface SourceData {
  readonly states: readonly SourceState[]
  readonly entryKeys: readonly SourceEntryKey[]
  readonly owners: readonly SourceOwner[]
  readonly users: readonly SourceUser[]
  readonly integrations: readonly SourceIntegration[]
  /** Tables that are not read. */
  readonly others: readonly { readonly table: string; readonly rows: number }[]
}

export interface SourceState {
  readonly serial: unknown
  readonly objectKey: unknown
  readonly revision: unknown
  readonly timestamp: unknown
  /** JSON text. */
  readonly value: unknown
  readonly updatedAt: unknown
}

export interface SourceOwner {
  readonly serial: unknown
  readonly userId: unknown
  readonly createdAt: unknown
}

export interface SourceUser {
  readonly userId: unknown
  readonly email: unknown
  readonly createdAt: unknown
}

/** A row of the other server's table of pairing codes. */
export interface SourceEntryKey {
  readonly serial: unknown
  readonly code: unknown
  readonly createdAt: unknown
  readonly expiresAt: unknown
  readonly claimedBy: unknown
  readonly claimedAt: unknown
}

/** A row of the other server's table of integrations. */
export interface SourceIntegration {
  readonly type: unknown
  readonly enabled: unknown
  /** JSON text, with the fields of `POST /api/mqtt-config`. */
  readonly config: unknown
  readonly updatedAt: unknown
}

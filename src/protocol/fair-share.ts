/** What one of several callers has of something that they share, and what the others have. */
export interface Share {
  readonly own: number
  readonly others: number
  readonly max: number
}

/** Whether a caller may take `more`: it gets at most half of what the others leave, so that some is left. */
export function mayTake({ own, others, max }: Share, more: number): boolean {
  return own + more <= (max - others) / 2
}

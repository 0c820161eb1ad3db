import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'

/** Light modules around the code that a camera needs. */
const BORDER = 3

/** A text as a QR code, dark on light also where the page is dark: not every camera reads the inverse. */
export function QrCode({ text, label }: { readonly text: string; readonly label: string }) {
  const code = useSignal<readonly (readonly boolean[])[] | undefined>(undefined)
  useEffect(() => {
    let isCurrent = true
    // Most visits show none, so it is not part of the first load.
    void import('uqr').then(({ encode }) => {
      if (isCurrent) code.value = encode(text, { border: BORDER }).data
    })
    return () => {
      isCurrent = false
    }
  }, [text])
  const size = code.value?.length ?? 1
  return (
    <svg class="qr-code" role="img" aria-label={label} viewBox={`0 0 ${size} ${size}`}>
      <path d={pathOf(code.value ?? [])} />
    </svg>
  )
}

/** One square for each dark module. */
function pathOf(rows: readonly (readonly boolean[])[]): string {
  return rows
    .flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : '')))
    .join('')
}

/** Who made the controller of a fabric, by the vendor id that it gives. */
const VENDORS: ReadonlyMap<number, string> = new Map([
  [0x1349, 'Apple Home'],
  [0x1384, 'Apple Keychain'],
  [0x6006, 'Google Home'],
  [0x1217, 'Amazon Alexa'],
  [0x10e1, 'Samsung SmartThings'],
  [0x134b, 'Home Assistant'],
  [0x117c, 'IKEA Home smart'],
  [0x115f, 'Aqara Home'],
])

/** What people call a fabric: its vendor, and the label that the controller gave it. */
export function fabricName(vendorId: number, label: string): string {
  const vendor = VENDORS.get(vendorId) ?? `vendor 0x${vendorId.toString(16).padStart(4, '0')}`
  const shown = label.trim()
  return shown === '' ? vendor : `${vendor} (${shown})`
}

/** What is shown of a thermostat that has not put both `shared` and `device` yet. */
export const NOT_UPLOADED = 'has not uploaded its state yet'

/** What is shown of one whose answers to the server's upload requests were all lost. */
export const PARTLY_UPLOADED = 'has uploaded only a part of its state'

/** What to do about it. The server asks for the upload as well, where the firmware can be asked. */
export const MAKE_IT_UPLOAD =
  'If it stays so for some minutes, restart the thermostat: Settings, Reset, Restart.'

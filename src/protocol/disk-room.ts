const MIB = 1024 * 1024

/** Room on the disk of the database below which an operator had better look, bytes. */
export const LITTLE_ROOM_BYTES = 200 * MIB
/** Room with which a household still goes on for weeks. */
export const TOO_LITTLE_ROOM_BYTES = 20 * MIB

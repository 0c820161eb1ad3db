/** The argument with which nle starts itself again as the Matter bridge. No verb for people has this form. */
export const BRIDGE_ARGUMENT = '__matter-bridge'

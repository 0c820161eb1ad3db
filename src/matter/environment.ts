import { config } from '@matter/nodejs/config'

// Everything comes from nle, nothing from the command line, the environment or files. Matter's own modules read
// this when they are loaded, so this one is loaded before them.
config.loadProcessArgv = false
config.loadProcessEnv = false
config.loadConfigFile = false
config.installFilesystem = false
config.initializeStorage = false
config.trapProcessSignals = false
config.trapUnhandledErrors = false
config.setProcessExitCodeOnError = false

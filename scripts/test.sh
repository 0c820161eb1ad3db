#!/bin/sh
# npm test -- [file…] [-g words]: runs the tests with the reporter that suits the reader. People get the
# names of failing tests, their diffs and a count; CI gets raw TAP. Coverage is not collected, because
# its table would be longer than the result; `npx tap` prints it.
if [ -n "$CI" ]; then
  reporter=tap
else
  reporter=terse
  # Not a terminal: without this, the reporter redraws its counters with cursor codes.
  [ -t 1 ] || export CONTINUOUS_INTEGRATION=true
fi
# Of two CPUs tap leaves one free, which the tests take twice as long for.
[ "$(getconf _NPROCESSORS_ONLN)" = 2 ] && set -- --jobs=2 "$@"
# Each file is a process of its own, which loads the sources again: compiled ones load in half the time.
export NODE_COMPILE_CACHE="$PWD/node_modules/.cache/nle-test"
exec tap --disable-coverage --reporter="$reporter" "$@"

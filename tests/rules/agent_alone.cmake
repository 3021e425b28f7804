# A device with nothing installed can start the agent that the server hands out: it asks the loader for
# the C library only, and is small. Called with -DPROGRAM=<trellis-agent> -DREADELF=<readelf>.
execute_process(COMMAND "${READELF}" --dynamic --wide "${PROGRAM}"
  OUTPUT_VARIABLE dynamic COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "Shared library: \\[[^]]+" entries "${dynamic}")
if(NOT entries)
  message(FATAL_ERROR "${PROGRAM}: no libraries found in what ${READELF} says:\n${dynamic}")
endif()
foreach(entry IN LISTS entries)
  string(REGEX REPLACE "^.*\\[" "" library "${entry}")
  if(NOT library MATCHES "^(libc\\.so\\.6|libm\\.so\\.6|ld-linux.*\\.so\\.[0-9])$")
    message(SEND_ERROR "${PROGRAM} needs ${library}, which a bare device does not have")
  endif()
endforeach()
file(SIZE "${PROGRAM}" size)
if(size GREATER 10000000)
  message(SEND_ERROR "${PROGRAM} has ${size} bytes; at most 10000000 are meant to go to a device")
endif()

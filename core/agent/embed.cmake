# Makes ${OUT} from script/base.js, script/device.js and script/install.sh: texts as byte arrays, so that neither their
# length nor their quotes matter. Called with -DOUT=<file> -DDIR=<core/agent>.
function(add name file)
  file(READ "${DIR}/script/${file}" bytes HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${bytes}")
  string(REGEX REPLACE "(('[^']*',){16})" "\\1\n    " bytes "${bytes}")
  string(APPEND text "const char ${name}Bytes[] = {\n    ${bytes}'\\0'};\n")
  set(text "${text}" PARENT_SCOPE)
endfunction()
set(text "// Generated from core/agent/script.\n#include \"core/agent/embedded.hpp\"\n\nnamespace trellis::agent::embedded {\nnamespace {\n")
add(base base.js)
add(device device.js)
add(install install.sh)
string(APPEND text "} // namespace\n
const std::string_view kBaseScript{baseBytes, sizeof baseBytes - 1};
const std::string_view kDeviceScript{deviceBytes, sizeof deviceBytes - 1};
const std::string_view kInstallScript{installBytes, sizeof installBytes - 1};
} // namespace trellis::agent::embedded\n")
file(WRITE "${OUT}" "${text}")

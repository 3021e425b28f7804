# Embeds sdk/examples/hello as the templates of `trellisctl plugin new`.
set(hello "${PROJECT_SOURCE_DIR}/sdk/examples/hello")
file(GLOB_RECURSE templates CONFIGURE_DEPENDS RELATIVE "${hello}" "${hello}/*")
list(SORT templates)
set(entries "")
foreach(name IN LISTS templates)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${hello}/${name}")
  file(READ "${hello}/${name}" text)
  string(APPEND entries "    {\"${name}\", R\"~file~(${text})~file~\"},\n")
endforeach()
file(CONFIGURE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/scaffold_templates.cpp" @ONLY CONTENT
"// Generated from sdk/examples/hello.
#include \"core/plugin/scaffold_templates.hpp\"

namespace trellis::plugin {
namespace {

constexpr ScaffoldFile kFiles[] = {
@entries@};

}  // namespace

std::span<const ScaffoldFile> scaffoldFiles() noexcept {
    return kFiles;
}

}  // namespace trellis::plugin
")
target_sources(core-plugin PRIVATE "${CMAKE_CURRENT_BINARY_DIR}/scaffold_templates.cpp")

# trellis_add_plugin(<id> [SOURCES <file>...] [LIBS <target>...] [NO_INSTALL])
#   Builds <id>.so and lays it, with plugin.yaml, ui/, agent/, i18n/ and migrations/ beside it, into
#   <output>/<id>/, the form in which the server reads a plugin folder. <output> is
#   TRELLIS_PLUGIN_OUTPUT_DIRECTORY, by default <build>/plugins: `trellisd --plugins <build>/plugins`
#   runs it as it lies. Without SOURCES the plugin has no native part (manifest and page only).
#   The target is called plugin-<id>. TypeScript, package files and node_modules are not copied:
#   what a bundler makes of them is put into <output>/<id>/ui/ by whoever runs it.
#
# trellis_add_plugin_test(<name> PLUGIN <id> SOURCES <file>... [LIBS <target>...])
#   A Boost.Test program, linked with the harness of <trellis/sdk/testing.hpp>, as a ctest of that
#   name. The plugin <id> is in it, with what it links and with include paths from its folder and src/;
#   SOURCES and LIBS are the test's own.
include_guard(GLOBAL)
include(GNUInstallDirs)

# The value of a top-level scalar of plugin.yaml; full checks are the server's.
function(_trellis_manifest_value manifest key out)
  file(STRINGS "${manifest}" line REGEX "^${key}:" LIMIT_COUNT 1)
  if(line STREQUAL "")
    message(FATAL_ERROR "${manifest}: \"${key}\" is required")
  endif()
  string(REGEX REPLACE "^${key}:[ \t]*[\"']?([^\"' \t#]*).*$" "\\1" value "${line}")
  set(${out} "${value}" PARENT_SCOPE)
endfunction()

function(_trellis_plugin_settings target id version)
  target_compile_definitions(${target} PRIVATE
    TRELLIS_PLUGIN_ID="${id}" TRELLIS_PLUGIN_VERSION="${version}")
  target_compile_features(${target} PRIVATE cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON CXX_EXTENSIONS OFF)
  if(TARGET trellis-flags)
    target_link_libraries(${target} PRIVATE trellis-flags)
  endif()
endfunction()

# Copies the parts that are not compiled; a file that was removed stays until the next clean build.
function(_trellis_plugin_files target dest)
  set(names plugin.yaml)
  foreach(part IN ITEMS ui agent i18n migrations)
    # Relative, because the filters are about the plugin's folders, not about where it lies.
    file(GLOB_RECURSE found CONFIGURE_DEPENDS RELATIVE "${CMAKE_CURRENT_SOURCE_DIR}"
      "${CMAKE_CURRENT_SOURCE_DIR}/${part}/*")
    list(FILTER found EXCLUDE REGEX "/node_modules/|/tests?/|/dist/|/\\.")
    list(FILTER found EXCLUDE REGEX "\\.(ts|tsx|map)$|/package(-lock)?\\.json$|/tsconfig[^/]*\\.json$")
    list(FILTER found EXCLUDE REGEX "/README\\.md$")
    list(APPEND names ${found})
  endforeach()
  set(outputs "")
  foreach(name IN LISTS names)
    add_custom_command(OUTPUT "${dest}/${name}"
      COMMAND "${CMAKE_COMMAND}" -E copy "${CMAKE_CURRENT_SOURCE_DIR}/${name}" "${dest}/${name}"
      DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${name}" VERBATIM COMMENT "Copying ${name}")
    list(APPEND outputs "${dest}/${name}")
  endforeach()
  add_custom_target(${target}-files ALL DEPENDS ${outputs})
endfunction()

function(trellis_add_plugin id)
  cmake_parse_arguments(PARSE_ARGV 1 arg "NO_INSTALL" "" "SOURCES;LIBS")
  set(manifest "${CMAKE_CURRENT_SOURCE_DIR}/plugin.yaml")
  if(NOT EXISTS "${manifest}")
    message(FATAL_ERROR "${manifest} is missing: every plugin has one")
  endif()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${manifest}")
  _trellis_manifest_value("${manifest}" id declared)
  _trellis_manifest_value("${manifest}" version version)
  if(NOT declared STREQUAL id)
    message(FATAL_ERROR "${manifest}: id is \"${declared}\", expected \"${id}\"")
  endif()
  if(NOT TRELLIS_PLUGIN_OUTPUT_DIRECTORY)
    set(TRELLIS_PLUGIN_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/plugins")
  endif()
  set(output "${TRELLIS_PLUGIN_OUTPUT_DIRECTORY}/${id}")

  if(arg_SOURCES)
    # Compiled once, for the plugin and for its tests.
    add_library(plugin-${id}-objects OBJECT ${arg_SOURCES})
    set_target_properties(plugin-${id}-objects PROPERTIES POSITION_INDEPENDENT_CODE ON)
    _trellis_plugin_settings(plugin-${id}-objects "${id}" "${version}")
    target_link_libraries(plugin-${id}-objects PUBLIC Trellis::sdk ${arg_LIBS})
    add_library(plugin-${id} MODULE)
    set_target_properties(plugin-${id} PROPERTIES LINKER_LANGUAGE CXX)
    # With what is added to plugin-<id> after this call.
    target_include_directories(plugin-${id}-objects PRIVATE $<TARGET_PROPERTY:plugin-${id},INCLUDE_DIRECTORIES>)
    target_compile_definitions(plugin-${id}-objects PRIVATE $<TARGET_PROPERTY:plugin-${id},COMPILE_DEFINITIONS>)
    target_compile_options(plugin-${id}-objects PRIVATE $<TARGET_PROPERTY:plugin-${id},COMPILE_OPTIONS>)
    target_link_libraries(plugin-${id} PRIVATE plugin-${id}-objects)
    if(TARGET trellis-flags)
      target_link_libraries(plugin-${id} PRIVATE trellis-flags)
    endif()
    set_target_properties(plugin-${id} PROPERTIES PREFIX "" SUFFIX ".so" OUTPUT_NAME "${id}"
      LIBRARY_OUTPUT_DIRECTORY "${output}")
    # What is missing shows when linking, not when an admin enables the plugin. (A sanitizer's run time
    # is in the program.)
    if(NOT TRELLIS_SANITIZE)
      target_link_options(plugin-${id} PRIVATE -Wl,--no-undefined)
    endif()
    if(NOT arg_NO_INSTALL)
      install(TARGETS plugin-${id}
        LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}/trellis/plugins/${id}" COMPONENT plugins)
    endif()
  else()
    add_custom_target(plugin-${id} ALL)
  endif()
  _trellis_plugin_files(plugin-${id} "${output}")
  add_dependencies(plugin-${id} plugin-${id}-files)
  if(arg_NO_INSTALL)
    return()
  endif()
  # From the output folder, so that what a bundler added there is installed as well.
  install(DIRECTORY "${output}/" DESTINATION "${CMAKE_INSTALL_LIBDIR}/trellis/plugins/${id}"
    COMPONENT plugins PATTERN "*.so" EXCLUDE)
endfunction()

function(trellis_add_plugin_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "PLUGIN" "SOURCES;LIBS")
  if(DEFINED TRELLIS_TESTS AND NOT TRELLIS_TESTS)
    return()
  endif()
  if(NOT TARGET plugin-${arg_PLUGIN}-objects)
    message(FATAL_ERROR "${name}: no plugin \"${arg_PLUGIN}\" with SOURCES here; trellis_add_plugin() comes first")
  endif()
  find_package(Boost REQUIRED COMPONENTS unit_test_framework)
  _trellis_manifest_value("${CMAKE_CURRENT_SOURCE_DIR}/plugin.yaml" version version)
  add_executable(${name} ${arg_SOURCES})
  _trellis_plugin_settings(${name} "${arg_PLUGIN}" "${version}")
  target_compile_definitions(${name} PRIVATE BOOST_TEST_DYN_LINK
    TRELLIS_PLUGIN_FOLDER="${CMAKE_CURRENT_SOURCE_DIR}")
  target_include_directories(${name} PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}" "${CMAKE_CURRENT_SOURCE_DIR}/src")
  target_link_libraries(${name} PRIVATE plugin-${arg_PLUGIN}-objects Trellis::testing ${arg_LIBS}
    Boost::unit_test_framework)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 120 LABELS unit)
  if(COMMAND trellis_sanitized)  # as part of this tree
    trellis_sanitized(${name} ${name})
    trellis_quick_to_build(${name})
  endif()
endfunction()

# What runs under sanitizers: its programs are built by the target `sanitized`, and its ctests carry the
# label `sanitize`. A program that a test starts can write where nobody looks, so with TRELLIS_SANITIZE every
# report goes into <build>/reports (log_path of the test presets) and fails the test sanitizer-reports.
add_custom_target(sanitized)
if(TRELLIS_TESTS AND TRELLIS_SANITIZE)
  set(reports -DREPORTS=${CMAKE_BINARY_DIR}/reports)
  set(script "${CMAKE_CURRENT_LIST_DIR}/sanitizer_reports.cmake")
  add_test(NAME sanitizer-start COMMAND "${CMAKE_COMMAND}" ${reports} -DCLEAR=ON -P "${script}")
  add_test(NAME sanitizer-reports COMMAND "${CMAKE_COMMAND}" ${reports} -P "${script}")
  set_tests_properties(sanitizer-start PROPERTIES FIXTURES_SETUP reports LABELS sanitize)
  set_tests_properties(sanitizer-reports PROPERTIES FIXTURES_CLEANUP reports LABELS sanitize)
endif()

# trellis_sanitized(<test> <target>...): a test that also runs under sanitizers, and what it needs built.
function(trellis_sanitized test)
  add_dependencies(sanitized ${ARGN})
  set_property(TEST ${test} APPEND PROPERTY LABELS sanitize)
  if(TRELLIS_SANITIZE)
    set_property(TEST ${test} APPEND PROPERTY FIXTURES_REQUIRED reports)
  endif()
endfunction()

# Programs of tests take half as long to compile without optimisation; what they test has its own.
set(TRELLIS_TEST_OPTIONS -O0 -U_FORTIFY_SOURCE)
function(trellis_quick_to_build target)
  target_compile_options(${target} PRIVATE ${TRELLIS_TEST_OPTIONS})
endfunction()

# trellis_unit_test(<name> SOURCES <file>... LIBS <target>...): one Boost.Test program, one ctest entry.
function(trellis_unit_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBS")
  add_executable(${name} ${arg_SOURCES})
  target_compile_definitions(${name} PRIVATE BOOST_TEST_DYN_LINK
    TRELLIS_SOURCE_DIR="${PROJECT_SOURCE_DIR}" TRELLIS_BINARY_DIR="${PROJECT_BINARY_DIR}")
  target_link_libraries(${name} PRIVATE trellis-flags ${arg_LIBS} Boost::unit_test_framework)
  trellis_quick_to_build(${name})
  add_test(NAME ${name} COMMAND ${name})
  # The limit ends a hang; a busy disk makes those with databases slow.
  set_tests_properties(${name} PROPERTIES TIMEOUT 600 LABELS unit)
  trellis_sanitized(${name} ${name})
endfunction()

# trellis_node_test(<name> FILE <file> LABELS <label>...): a test of the whole product, run by Node's own
# test runner against the programs of this build. Two run at a time: one with a browser and one without.
function(trellis_node_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "FILE" "LABELS")
  find_program(TRELLIS_NODE NAMES node nodejs)
  if(NOT TRELLIS_NODE OR NOT TRELLIS_WEB)
    return()  # the page isn't built: nothing to look at
  endif()
  add_test(NAME ${name} COMMAND "${TRELLIS_NODE}" --test "${CMAKE_CURRENT_SOURCE_DIR}/${arg_FILE}")
  set(lane programs)
  if("browser" IN_LIST arg_LABELS)
    set(lane chromium)
  endif()
  set_tests_properties(${name} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT 300 RESOURCE_LOCK ${lane}
    ENVIRONMENT "TRELLIS_BIN=${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")
endfunction()

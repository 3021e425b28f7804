# trellis_unit_test(<name> SOURCES <file>... LIBS <target>...): one Boost.Test program, one ctest entry.
function(trellis_unit_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBS")
  add_executable(${name} ${arg_SOURCES})
  target_compile_definitions(${name} PRIVATE BOOST_TEST_DYN_LINK
    TRELLIS_SOURCE_DIR="${PROJECT_SOURCE_DIR}" TRELLIS_BINARY_DIR="${PROJECT_BINARY_DIR}")
  target_link_libraries(${name} PRIVATE trellis-flags ${arg_LIBS} Boost::unit_test_framework)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 120 LABELS unit)
endfunction()

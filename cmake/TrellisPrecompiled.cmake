# Precompiled headers for clang, which loads only what a file uses of them (GCC's cost as much as they save).
# Standard library, Boost.JSON and, for tests, Boost.Test: nothing of Trellis, so that a changed header builds what
# includes it and no more. Builds without them (TRELLIS_PRECOMPILED=OFF) see to it that every file includes what it uses.
set(headers <algorithm> <array> <atomic> <charconv> <chrono> <condition_variable> <deque> <filesystem> <fstream>
  <functional> <map> <memory> <mutex> <optional> <set> <span> <sstream> <string> <string_view> <thread>
  <unordered_map> <unordered_set> <variant> <vector> <boost/json.hpp>)

# One for libraries, one for programs, one for tests: what a header is compiled with must agree.
function(trellis_precompiled_set name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "HEADERS;OPTIONS;LIBS")
  set(empty "${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp")
  file(TOUCH "${empty}")
  add_library(${name} OBJECT "${empty}")
  target_compile_options(${name} PRIVATE ${arg_OPTIONS})
  target_link_libraries(${name} PRIVATE trellis-flags Boost::json ${arg_LIBS})
  target_precompile_headers(${name} PRIVATE ${arg_HEADERS})
endfunction()

# trellis_precompile(<directory>): every target of C++ sources in it and below.
function(trellis_precompile directory)
  get_property(targets DIRECTORY "${directory}" PROPERTY BUILDSYSTEM_TARGETS)
  foreach(target IN LISTS targets)
    get_target_property(type ${target} TYPE)
    get_target_property(sources ${target} SOURCES)
    if(NOT type MATCHES "LIBRARY|EXECUTABLE" OR type STREQUAL "INTERFACE_LIBRARY" OR NOT sources
       OR sources MATCHES "\\.c(;|$)" OR target MATCHES "^trellis-precompiled")
      continue()
    endif()
    get_target_property(libraries ${target} LINK_LIBRARIES)
    set(from trellis-precompiled)
    if(type STREQUAL "EXECUTABLE")
      set(from trellis-precompiled-programs)
    endif()
    if("Boost::unit_test_framework" IN_LIST libraries)
      set(from trellis-precompiled-tests)
      # The file with main() says so before it includes Boost.Test.
      get_target_property(folder ${target} SOURCE_DIR)
      foreach(source IN LISTS sources)
        get_filename_component(path "${source}" ABSOLUTE BASE_DIR "${folder}")
        file(STRINGS "${path}" main REGEX "define BOOST_TEST_MODULE" LIMIT_COUNT 1)
        if(main)
          set_source_files_properties("${path}" TARGET_DIRECTORY ${target} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
        endif()
      endforeach()
    endif()
    target_precompile_headers(${target} REUSE_FROM ${from})
  endforeach()
  get_property(below DIRECTORY "${directory}" PROPERTY SUBDIRECTORIES)
  foreach(folder IN LISTS below)
    trellis_precompile("${folder}")
  endforeach()
endfunction()

# The time of a header says nothing of its content, and a compiler cache compares contents.
add_compile_options("SHELL:$<$<COMPILE_LANGUAGE:CXX>:-Xclang -fno-pch-timestamp>")
trellis_precompiled_set(trellis-precompiled HEADERS ${headers})
trellis_precompiled_set(trellis-precompiled-programs OPTIONS -fPIE HEADERS ${headers})
trellis_precompiled_set(trellis-precompiled-tests OPTIONS -fPIE ${TRELLIS_TEST_OPTIONS} HEADERS ${headers} <boost/test/unit_test.hpp>
  LIBS Boost::unit_test_framework)
target_compile_definitions(trellis-precompiled-tests PRIVATE BOOST_TEST_DYN_LINK)
trellis_precompile("${PROJECT_SOURCE_DIR}")

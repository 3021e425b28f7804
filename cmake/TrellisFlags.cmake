# Compiler flags shared by everything that Trellis builds: warnings, hardening, sanitizers.
add_library(trellis-flags INTERFACE)
target_compile_options(trellis-flags INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor>
  -fvisibility=hidden -fstack-protector-strong)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # GCC 12 warns falsely about `"text" + std::string` when it optimises (GCC bug 105651).
  target_compile_options(trellis-flags INTERFACE -Wno-restrict)
endif()
if(TRELLIS_WERROR)
  target_compile_options(trellis-flags INTERFACE -Werror)
endif()
if(CMAKE_BUILD_TYPE MATCHES "Release|RelWithDebInfo" AND NOT TRELLIS_SANITIZE)
  target_compile_definitions(trellis-flags INTERFACE _FORTIFY_SOURCE=2 _GLIBCXX_ASSERTIONS)
endif()
target_link_options(trellis-flags INTERFACE -Wl,-z,relro,-z,now -Wl,--as-needed)
if(TRELLIS_SANITIZE)
  # Everything, plugins and agent included, is instrumented alike.
  add_compile_options(-fsanitize=${TRELLIS_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${TRELLIS_SANITIZE})
  if(TRELLIS_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=undefined -fno-sanitize=vptr)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
      # It reports calls from one shared object into another, and every plugin is one.
      add_compile_options(-fno-sanitize=function)
    endif()
  endif()
endif()
if(TRELLIS_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

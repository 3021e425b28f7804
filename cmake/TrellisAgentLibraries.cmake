# What the agent's program links. A device may have nothing installed, so the program that the server
# hands out brings its libraries along (docs/design/dependencies.md): trellis-duktape, and with
# TRELLIS_AGENT_STATIC the archives TRELLIS_STATIC_SSL, _CRYPTO, _ZLIB, _JPEG, _OPENH264 and _WEBP.
if(CMAKE_BUILD_TYPE MATCHES "Release|RelWithDebInfo" AND NOT TRELLIS_SANITIZE AND NOT TRELLIS_FUZZ)
  set(agent_static ON)
else()
  set(agent_static OFF)
endif()
option(TRELLIS_AGENT_STATIC "Link trellis-agent with all its libraries but libc inside" ${agent_static})
if(TRELLIS_AGENT_STATIC AND (TRELLIS_SANITIZE OR TRELLIS_FUZZ))
  message(FATAL_ERROR "TRELLIS_AGENT_STATIC: can't be combined with sanitizers; switch one off")
endif()

if(TRELLIS_AGENT_STATIC)
  foreach(part IN ITEMS ssl crypto z jpeg openh264 webp)
    find_library(TRELLIS_ARCHIVE_${part} NAMES lib${part}.a)
    if(NOT TRELLIS_ARCHIVE_${part})
      message(FATAL_ERROR "lib${part}.a is missing (Debian: libssl-dev, zlib1g-dev, libjpeg62-turbo-dev, "
                          "libopenh264-dev, libwebp-dev), "
                          "or build with -DTRELLIS_AGENT_STATIC=OFF")
    endif()
  endforeach()
  set(TRELLIS_STATIC_SSL "${TRELLIS_ARCHIVE_ssl}")
  set(TRELLIS_STATIC_CRYPTO "${TRELLIS_ARCHIVE_crypto}")
  set(TRELLIS_STATIC_ZLIB "${TRELLIS_ARCHIVE_z}")
  set(TRELLIS_STATIC_JPEG "${TRELLIS_ARCHIVE_jpeg}")
  set(TRELLIS_STATIC_OPENH264 "${TRELLIS_ARCHIVE_openh264}")
  set(TRELLIS_STATIC_WEBP "${TRELLIS_ARCHIVE_webp}")

  # Debian ships no archive of Duktape but its source, one file made to be compiled into programs.
  find_path(TRELLIS_DUKTAPE_SOURCE duktape.c PATHS /usr/share/duktape /usr/local/share/duktape)
  if(NOT TRELLIS_DUKTAPE_SOURCE)
    message(FATAL_ERROR "duktape.c is missing (Debian: duktape-dev), "
                        "or build with -DTRELLIS_AGENT_STATIC=OFF")
  endif()
  add_library(trellis-duktape STATIC "${TRELLIS_DUKTAPE_SOURCE}/duktape.c")
  target_include_directories(trellis-duktape SYSTEM PUBLIC "${TRELLIS_DUKTAPE_SOURCE}")
  target_compile_options(trellis-duktape PRIVATE -w -ffunction-sections -fdata-sections
                         -fvisibility=hidden -fstack-protector-strong)
  target_link_libraries(trellis-duktape PUBLIC m)
else()
  pkg_check_modules(duktape REQUIRED IMPORTED_TARGET duktape)
  add_library(trellis-duktape INTERFACE)
  target_link_libraries(trellis-duktape INTERFACE PkgConfig::duktape)
endif()

pkg_check_modules(openh264 REQUIRED IMPORTED_TARGET openh264)
add_library(trellis-openh264 INTERFACE)
target_link_libraries(trellis-openh264 INTERFACE PkgConfig::openh264)
pkg_check_modules(webp REQUIRED IMPORTED_TARGET libwebp)
add_library(trellis-webp INTERFACE)
target_link_libraries(trellis-webp INTERFACE PkgConfig::webp)

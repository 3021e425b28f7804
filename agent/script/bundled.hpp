/// The script modules that are part of the program; made from script/js/*.js by embed.cmake.
#pragma once

namespace trellis::device {

struct BundledModule {
    const char* name;    ///< as in require(name)
    const char* source;  ///< ES5.1, run as a function of (exports, module, require, native)
};
/// Ends with an entry of null pointers.
extern const BundledModule kBundledModules[];

}  // namespace trellis::device

/// The files of sdk/examples/hello, embedded when configuring (scaffold.cmake).
#pragma once

#include <span>
#include <string_view>

namespace trellis::plugin {

struct ScaffoldFile {
    std::string_view path;
    std::string_view text;
};
std::span<const ScaffoldFile> scaffoldFiles() noexcept;

}  // namespace trellis::plugin

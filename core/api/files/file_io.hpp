/// What the files of core/api/files have in common. Internal.
#pragma once

#include <string>
#include <string_view>

namespace trellis::api {

/// Throws Error by errno, with `name` in its text.
[[noreturn]] void fail(const std::string& name);
void writeAll(int fd, std::string_view data, const std::string& name);

} // namespace trellis::api

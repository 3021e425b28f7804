/// Keys of X servers, as their files hold them.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trellis::device::desktop {

/// The keys (MIT-MAGIC-COOKIE-1, raw bytes) in a file of Xauthority (libXau, AuFileName(3)) for the display
/// `number` ("0"), or all of them if it is empty. Entries for any display belong to each. What can't be read
/// ends the list.
std::vector<std::string> readKeys(std::string_view file, std::string_view number);
/// A file with one key for any display.
std::string writeKey(std::string_view key);

/// A key as a variable of the environment carries it, and back.
std::string hexOf(std::string_view bytes);
std::string bytesOfHex(std::string_view hex);

/// The keys in the file of that path; none if it can't be read. `owner`: none either unless the file is his, so
/// that nobody can show another one's key as his own.
std::vector<std::string> keysOf(const std::string& path, std::string_view number,
                                std::optional<uid_t> owner = {});

}  // namespace trellis::device::desktop

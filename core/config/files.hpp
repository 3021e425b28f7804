/// Reading small files with a limit and a reason.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace trellis::config {

struct FileText {
    bool ok = false;
    bool isAbsent = false;    ///< when not ok: there is no such file
    bool isOpenToAll = false; ///< others may read it
    std::string text;
    std::string problem; ///< "cannot be read: Permission denied"
};

/// A regular file of at most `limit` bytes. Blocking; a FIFO or device is refused, not waited for.
FileText readFile(const std::filesystem::path& path, std::size_t limit);

/// A secret: at most 64 KiB of UTF-8 without NUL; one final newline is dropped.
FileText readSecret(const std::filesystem::path& path);

} // namespace trellis::config

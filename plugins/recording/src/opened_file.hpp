/// A recording's file, open for reading.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "mcrec.hpp"

namespace recording {

struct OpenedFile {
    std::shared_ptr<const int> fd;
    std::uint64_t size = 0;
    /// Holds the file open. Any thread.
    mcrec::Reader::Read reader() const;
};
/// Throws Error{NotFound} when it is gone, {Unavailable} when it can't be read.
OpenedFile openFile(const std::string& path);

} // namespace recording

/// The file that says where the audit chain ends, outside the database: who cuts records off the end,
/// or writes the whole chain anew, is found out by it.
#pragma once

#include "core/api/audit/chain.hpp"

#include <filesystem>
#include <optional>

namespace trellis::api::audit {

/// DATA/audit.head: one line, "<place> <hash> <seal>". Replaced as a whole.
class HeadFile {
public:
    HeadFile(std::filesystem::path path, const SealKey& key);

    /// Nothing if there is no file. Throws Conflict if it is not what this server wrote, Unavailable
    /// if it can't be read.
    std::optional<Point> read() const;
    /// Throws Unavailable. It survives the death of the process; `isSynced`: also a power failure.
    void write(const Point& point, bool isSynced) const;
    const std::filesystem::path& path() const noexcept { return path_; }

private:
    std::string sealOf(const Point& point) const;
    std::filesystem::path path_;
    const SealKey& key_;
};

std::filesystem::path headPath(const std::filesystem::path& dataDirectory);

} // namespace trellis::api::audit

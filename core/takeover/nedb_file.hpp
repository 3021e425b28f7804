/// A NeDB file: lines are only ever appended, and the last one of an id counts.
#pragma once

#include "core/takeover/nedb_line.hpp"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace trellis::takeover {

/// Reads the whole file once and keeps where each living document lies, so that a file of any size
/// needs little memory. One thread. Throws sdk::Error{InvalidArgument} with file and line: not a
/// regular file, not JSON, cut off, a line over kMaxLine, encrypted, more than kMaxDocuments; and
/// Unavailable when the system can't read it.
class NedbFile {
public:
    static constexpr std::size_t kMaxDocuments = 20'000'000;
    explicit NedbFile(std::filesystem::path path);

    struct Place {
        std::uint64_t offset = 0;
        std::uint64_t line = 0; ///< from 1
        std::uint32_t size = 0;
    };
    struct Entry {
        std::string id;
        std::string type; ///< the member `type`, "" if there is none
        Place place;
    };
    /// Living documents in the order of their last lines.
    const std::vector<Entry>& entries() const noexcept { return entries_; }
    /// Reads a document again.
    boost::json::object read(const Entry& entry);
    /// "meshcentral.db, line 12"
    std::string where(const Entry& entry) const;

private:
    void scan();
    [[noreturn]] void fail(std::uint64_t line, const std::string& why) const;

    std::filesystem::path path_;
    std::ifstream in_;
    std::vector<Entry> entries_;
};

} // namespace trellis::takeover

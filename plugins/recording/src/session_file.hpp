/// The file of one session while it is written. One thread at a time; blocks on the disk.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "desktop_index.hpp"
#include "entry.hpp"
#include "mcrec.hpp"
#include "plain_text.hpp"

namespace recording {

/// One message of the session, as it went over the wire.
struct Piece {
    std::uint16_t flags = 0;  ///< mcrec::flag
    std::uint64_t timeMs = 0;
    std::string data;
};

struct FileOptions {
    bool wantsIndex = true;
    bool wantsText = true;
    std::int64_t minFree = 0;     ///< bytes that stay free on the disk
    std::int64_t maxSize = 0;     ///< of the file
};

class Sha256;

class SessionFile {
public:
    using Lines = std::vector<PlainText::Line>;

    /// Writes the first block of a new file `<folder>/<entry.name>.part`. Throws Error{Unavailable}.
    SessionFile(const std::string& folder, Entry entry, const FileOptions& options);
    ~SessionFile();
    SessionFile(const SessionFile&) = delete;
    SessionFile& operator=(const SessionFile&) = delete;

    void add(const Piece& piece);
    /// Hands everything to the operating system. Throws Error{Unavailable} when the disk is full; the file
    /// then ends with the last block that was written whole.
    void flush();
    /// Writes index and last block and fills size, hash and times of the entry. Throws as flush() does, and
    /// then the file is what it was.
    void finish(std::int64_t endMs);

    const Entry& entry() const noexcept { return entry_; }
    std::string path() const { return path_; }
    Lines& lines() noexcept { return lines_; }

private:
    void begin();
    void checkRoom(std::size_t more) const;
    void keepLines();

    Entry entry_;
    const FileOptions options_;
    std::string path_;
    int fd_ = -1;
    std::uint64_t size_ = 0;  ///< of what is on the disk
    std::string buffer_;      ///< whole blocks
    std::unique_ptr<Sha256> hash_;
    DesktopIndex index_;
    PlainText text_;
    Lines lines_;
};

/// What is made of a file that was left by a server which died, or whose entry could not be stored: cut
/// behind the last whole block, ended and indexed. Throws Error{InvalidArgument} when it is none of ours.
struct Mended {
    Entry entry;
    SessionFile::Lines lines;
};
Mended mend(const std::string& path, const std::string& name, const FileOptions& options);

/// SHA-256 of a file in hexadecimal. Throws Error{NotFound} or {Unavailable}.
std::string hashOf(const std::string& path);

}  // namespace recording

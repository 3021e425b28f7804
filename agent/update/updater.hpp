/// Replacing the agent by a newer one that the server sends (protocol section 4.3).
#pragma once

#include "agent/base/fd.hpp"

#include <trellis/wire/channel.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace trellis::device {

/// In every trellis-agent's data, so that a file can be told from other programs without running it.
extern const char kProgramMark[];

class Updater {
public:
    /// `program`: the agent's own file. The transfer goes to "<program>.update" beside it.
    explicit Updater(std::string program);
    ~Updater();

    /// cmd 13 without hash: forgets what came before.
    void start();
    /// cmd 14. True if the block is stored and is to be acknowledged.
    bool takeBlock(wire::ByteView data);
    /// cmd 13 with hash. True if the new program is in place and waits to be started; else error().
    /// In order: the hash fits, it is a program for this machine or a zip of one, and started with
    /// "version" it says that it is a trellis-agent. A file without kProgramMark is not even started:
    /// what is sent may be any program. Nothing is replaced before that: a program that can't start
    /// here would cost the device.
    bool finish(const wire::Hash& hash);
    const std::string& error() const noexcept { return error_; }
    const std::string& program() const noexcept { return program_; }

private:
    bool fail(std::string reason);
    bool unpackZip();
    bool hasMark() const;
    bool isOurs() const;
    std::string draft() const { return program_ + ".update"; }

    std::string program_;
    Fd file_;
    std::unique_ptr<wire::Sha384> hash_;
    std::size_t size_ = 0;
    std::string error_;
};

/// SHA-384 of the program file without settings that are appended to it (protocol 4.2). nullopt if it
/// can't be read.
std::optional<wire::Hash> programHash(const std::string& path);

/// The only file of a zip archive (APPNOTE 4.3), stored or deflated; nullopt if it is none, has more
/// than one, is encrypted, fails its CRC-32, or unpacks above `limit`.
std::optional<std::string> unzipSingle(std::string_view archive, std::size_t limit);

}  // namespace trellis::device

#include "session_file.hpp"

#include "descriptor.hpp"

#include "place_file.hpp"
#include "terminal_at.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <trellis/sdk/error.hpp>
#include <unistd.h>

namespace recording {

using trellis::sdk::Error;
using trellis::sdk::ErrorCode;

class Sha256 {
public:
    Sha256() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
        if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1) {
            throw Error(ErrorCode::Internal, "no SHA-256");
        }
    }
    void add(const void* bytes, std::size_t size) {
        EVP_DigestUpdate(context_.get(), bytes, size);
    }
    std::string hex() {
        std::array<unsigned char, 32> digest{};
        EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr);
        std::string out;
        for (const auto byte : digest) {
            out += "0123456789abcdef"[byte >> 4];
            out += "0123456789abcdef"[byte & 15];
        }
        return out;
    }

private:
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

namespace {

constexpr std::size_t kBufferSize = 256 * 1024;

[[noreturn]] void failed(const std::string& what) {
    throw Error(ErrorCode::Unavailable, what + ": " + std::strerror(errno));
}

std::string localTime(std::int64_t ms) {
    const auto seconds = static_cast<std::time_t>(ms / 1000);
    std::tm local{};
    localtime_r(&seconds, &local);
    std::array<char, 64> text{};
    std::strftime(text.data(), text.size(), "%m/%d/%Y, %I:%M:%S %p", &local);
    return text.data();
}

void writeAt(int fd, std::uint64_t offset, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto wrote = pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) failed("the recording can't be written");
        offset += static_cast<std::uint64_t>(wrote);
        bytes.remove_prefix(static_cast<std::size_t>(wrote));
    }
}

mcrec::Reader::Read readerOf(int fd) {
    return [fd](std::uint64_t offset, std::span<std::byte> into) {
        std::size_t have = 0;
        while (have < into.size()) {
            const auto got = pread(fd, into.data() + have, into.size() - have,
                                   static_cast<off_t>(offset + have));
            if (got < 0 && errno == EINTR) continue;
            if (got <= 0) break;
            have += static_cast<std::size_t>(got);
        }
        return have;
    };
}

bool isFromDevice(std::uint16_t type, std::uint16_t flags) {
    return type == static_cast<std::uint16_t>(mcrec::BlockType::Traffic) && flags == mcrec::flag::kBinary;
}

/// One message of a terminal: what the device printed, or how wide the viewer made it.
void readText(PlainText& text, std::uint16_t flags, std::uint64_t timeMs, std::span<const std::byte> bytes) {
    if (flags == mcrec::flag::kBinary) text.feed(bytes, timeMs);
    if (flags != mcrec::flag::kUser) return;
    const auto size = terminalSizeIn({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    if (size) text.resize(size->columns);
}

/// Index and last block.
std::string tailOf(const std::string& index, std::uint64_t at, std::uint64_t endMs) {
    std::string out;
    if (index.empty()) {
        mcrec::appendBlock(out, mcrec::BlockType::End, 0, endMs, mcrec::kEnd);
        return out;
    }
    mcrec::appendBlock(out, mcrec::BlockType::Extra, 0, endMs, index);
    mcrec::appendBlock(out, mcrec::BlockType::End, 0, at, mcrec::kIndexedEnd);
    return out;
}

}  // namespace

SessionFile::SessionFile(const std::string& folder, Entry entry, const FileOptions& options)
    : entry_(std::move(entry)), options_(options), path_(folder + "/" + entry_.name + ".part"),
      hash_(std::make_unique<Sha256>()) {
    fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd_ < 0) failed("the recording can't be written");
    try {
        begin();
    } catch (...) {  // no destructor comes
        ::close(fd_);
        ::unlink(path_.c_str());
        throw;
    }
}

void SessionFile::begin() {
    mcrec::FirstBlock first;
    first.userId = entry_.userId;
    first.userName = entry_.userName;
    first.sessionId = entry_.sessionId;
    first.viewerAddress = entry_.viewerAddress;
    first.deviceAddress = entry_.deviceAddress;
    first.time = localTime(entry_.startMs);
    first.deviceId = entry_.deviceId;
    first.deviceName = entry_.deviceName;
    first.guest = entry_.guest;
    first.protocol = entry_.protocol;
    mcrec::appendBlock(buffer_, mcrec::BlockType::First, 0, static_cast<std::uint64_t>(entry_.startMs),
                       mcrec::writeFirst(first));
    flush();
}

SessionFile::~SessionFile() {
    if (fd_ >= 0) ::close(fd_);
}

void SessionFile::add(const Piece& piece) {
    const std::span bytes(reinterpret_cast<const std::byte*>(piece.data.data()), piece.data.size());
    const bool fromDevice = piece.flags == mcrec::flag::kBinary;
    if (entry_.protocol == protocol::kDesktop && options_.wantsIndex) {
        index_.see(size_ + buffer_.size(), piece.timeMs, fromDevice, bytes);
    }
    if (protocol::isTerminal(entry_.protocol) && options_.wantsText) {
        readText(text_, piece.flags, piece.timeMs, bytes);
        keepLines();
    }
    mcrec::appendBlock(buffer_, mcrec::BlockType::Traffic, piece.flags, piece.timeMs, piece.data);
    if (buffer_.size() >= kBufferSize) flush();
}

void SessionFile::keepLines() {
    for (auto& line : text_.take()) lines_.push_back(std::move(line));
}

void SessionFile::checkRoom(std::size_t more) const {
    const auto after = static_cast<std::int64_t>(size_ + more);
    if (options_.maxSize > 0 && after > options_.maxSize) {
        throw Error(ErrorCode::Unavailable, "the recording has reached the largest size of a file");
    }
    if (options_.minFree <= 0) return;
    if (const auto why = roomProblem(path_.substr(0, path_.rfind('/')), options_.minFree); !why.empty()) {
        throw Error(ErrorCode::Unavailable, why);
    }
}

void SessionFile::flush() {
    if (buffer_.empty()) return;
    try {
        checkRoom(buffer_.size());
        writeAt(fd_, size_, buffer_);
    } catch (...) {
        buffer_.clear();
        // A block that is half there would cost the blocks that may still come.
        if (ftruncate(fd_, static_cast<off_t>(size_)) != 0) entry_.note = "the file could not be mended";
        throw;
    }
    hash_->add(buffer_.data(), buffer_.size());
    size_ += buffer_.size();
    buffer_.clear();
}

void SessionFile::finish(std::int64_t endMs) {
    flush();
    text_.finish(static_cast<std::uint64_t>(endMs));
    keepLines();
    const auto index = index_.json();
    const auto tail = tailOf(index, size_, static_cast<std::uint64_t>(endMs));
    writeAt(fd_, size_, tail);
    if (fsync(fd_) != 0) failed("the recording can't be written");
    hash_->add(tail.data(), tail.size());
    size_ += tail.size();
    entry_.endMs = endMs;
    entry_.size = static_cast<std::int64_t>(size_);
    entry_.sha256 = hash_->hex();
    entry_.isIndexed = !index.empty();
    entry_.hasText = !lines_.empty();
}

Mended mend(const std::string& path, const std::string& name, const FileOptions& options) {
    const Descriptor file{::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW)};
    struct stat facts {};
    if (file.fd < 0 || fstat(file.fd, &facts) != 0) failed(name);
    mcrec::Reader reader(readerOf(file.fd), static_cast<std::uint64_t>(facts.st_size));
    mcrec::Block block;
    if (reader.next(block) != mcrec::Reader::Result::Found) {
        throw Error(ErrorCode::InvalidArgument, name + ": is no recording");
    }
    const auto first = mcrec::parseFirst(block.text());
    if (!first) throw Error(ErrorCode::InvalidArgument, name + ": is no recording");

    Mended out;
    auto& entry = out.entry;
    entry.id = newId();
    entry.name = name;
    entry.userId = first->userId;
    entry.userName = first->userName;
    entry.guest = first->guest;
    entry.deviceId = first->deviceId;
    entry.deviceName = first->deviceName;
    entry.domain = domainOf(first->deviceId);
    entry.sessionId = first->sessionId;
    entry.viewerAddress = first->viewerAddress;
    entry.deviceAddress = first->deviceAddress;
    entry.protocol = first->protocol;
    entry.startMs = entry.endMs = static_cast<std::int64_t>(block.header.time);

    DesktopIndex index;
    PlainText text;
    std::uint64_t end = reader.where();
    while (reader.next(block) == mcrec::Reader::Result::Found && !reader.hasSeenEnd()) {
        if (block.header.type != static_cast<std::uint16_t>(mcrec::BlockType::Traffic)) break;
        end = reader.where();
        entry.endMs = static_cast<std::int64_t>(block.header.time);
        const bool fromDevice = isFromDevice(block.header.type, block.header.flags);
        if (entry.protocol == protocol::kDesktop && options.wantsIndex) {
            index.see(block.offset, block.header.time, fromDevice, block.data);
        }
        if (protocol::isTerminal(entry.protocol) && options.wantsText) {
            readText(text, block.header.flags, block.header.time, block.data);
        }
    }
    const auto tail = mcrec::readTail(readerOf(file.fd), static_cast<std::uint64_t>(facts.st_size));
    if (tail) {
        entry.endMs = static_cast<std::int64_t>(tail->endTime);
        entry.isIndexed = tail->isIndexed;
        entry.size = facts.st_size;
    } else {
        const auto json = index.json();
        const auto bytes = tailOf(json, end, static_cast<std::uint64_t>(entry.endMs));
        if (ftruncate(file.fd, static_cast<off_t>(end)) != 0) failed(name);
        writeAt(file.fd, end, bytes);
        if (fsync(file.fd) != 0) failed(name);
        entry.state = "cut";
        entry.note = "the server stopped while it recorded";
        entry.isIndexed = !json.empty();
        entry.size = static_cast<std::int64_t>(end + bytes.size());
    }
    text.finish(static_cast<std::uint64_t>(entry.endMs));
    out.lines = text.take();
    entry.hasText = !out.lines.empty();
    entry.sha256 = hashOf(path);
    return out;
}

std::string hashOf(const std::string& path) {
    const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
    if (file.fd < 0) throw Error(ErrorCode::NotFound, "the file of this recording is gone");
    Sha256 hash;
    std::vector<std::byte> buffer(1024 * 1024);
    const auto read = readerOf(file.fd);
    for (std::uint64_t at = 0;;) {
        const auto got = read(at, buffer);
        hash.add(buffer.data(), got);
        at += got;
        if (got < buffer.size()) return hash.hex();
    }
}

}  // namespace recording

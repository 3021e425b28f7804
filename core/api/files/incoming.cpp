#include "core/api/files/file_io.hpp"
#include "core/api/files/file_store.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <trellis/sdk/error.hpp>
#include <trellis/wire/hash.hpp>
#include <trellis/wire/text.hpp>
#include <unistd.h>

namespace trellis::api {

using sdk::Error;
using sdk::ErrorCode;

namespace {

/// Of the names of files that came in and are in no area yet.
const std::string kIncoming = ".incoming-";

} // namespace

void fail(const std::string& name) {
    const int why = errno;
    switch (why) {
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
        throw Error(ErrorCode::NotFound, "there is no " + name);
    case EEXIST:
    case ENOTEMPTY:
        throw Error(ErrorCode::Conflict, name + " is there already or is not empty");
    default:
        throw Error(ErrorCode::Unavailable, name + ": " + std::strerror(why));
    }
}

void writeAll(int fd, std::string_view data, const std::string& name) {
    while (!data.empty()) {
        const auto done = ::write(fd, data.data(), data.size());
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            fail(name);
        data.remove_prefix(static_cast<std::size_t>(done));
    }
}

FileStore::Incoming::Incoming(std::filesystem::path path, std::string id)
    : path_(std::move(path)), id_(std::move(id)),
      fd_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)) {
    if (fd_ < 0)
        fail("the folder for files");
}

FileStore::Incoming::~Incoming() {
    ::close(fd_);
    ::unlink(path_.c_str()); // not there any more if it was adopted
}

void FileStore::Incoming::append(std::string_view bytes) {
    writeAll(fd_, bytes, "the file");
    size_ += bytes.size();
}

void FileStore::Incoming::finish() {
    if (::fdatasync(fd_) != 0)
        fail("the file");
}

std::filesystem::path FileStore::incoming(std::string_view sender, const std::string& id) const {
    const auto hash = wire::encodeHex(wire::sha384(wire::bytesOf(sender)), wire::HexCase::Lower);
    return root_ / (kIncoming + hash.substr(0, 32) + "-" + id);
}

std::unique_ptr<FileStore::Incoming> FileStore::receive(std::string_view sender) {
    std::error_code ignored;
    std::filesystem::create_directories(root_, ignored);
    auto id = wire::encodeHex(wire::ByteView(wire::randomNonce()).first(16), wire::HexCase::Lower);
    return std::make_unique<Incoming>(incoming(sender, id), id);
}

void FileStore::dropIncoming() noexcept {
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(root_, none))
        if (entry.path().filename().string().starts_with(kIncoming))
            std::filesystem::remove(entry.path(), none);
}

} // namespace trellis::api

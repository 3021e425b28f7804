#include "core/store/backup/bytes.hpp"

#include <trellis/sdk/error.hpp>

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace trellis::store::backup {

namespace {

using sdk::Error;
using sdk::ErrorCode;

[[noreturn]] void fail(const std::filesystem::path& path, const char* what) {
    throw Error(errno == ENOENT ? ErrorCode::NotFound : ErrorCode::Unavailable,
                path.string() + " cannot be " + what + ": " + std::strerror(errno));
}

void syncFolder(const std::filesystem::path& folder) {
    const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return;
    (void)::fsync(descriptor);
    ::close(descriptor);
}

} // namespace

FileSink::FileSink(const std::filesystem::path& path) : path_(path), draft_(path.string() + ".part") {
    std::error_code ignored;
    if (std::filesystem::exists(path_, ignored))
        throw Error(ErrorCode::Conflict, path_.string() + " exists already");
    descriptor_ = ::open(draft_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor_ < 0)
        fail(draft_, "made");
}

FileSink::~FileSink() {
    if (descriptor_ >= 0)
        ::close(descriptor_);
    if (!isFinished_)
        ::unlink(draft_.c_str());
}

void FileSink::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto count = ::write(descriptor_, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            fail(draft_, "written");
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
}

void FileSink::finish() {
    if (::fsync(descriptor_) != 0)
        fail(draft_, "written");
    // link() and not rename(): a file that somebody made meanwhile stays.
    if (::link(draft_.c_str(), path_.c_str()) != 0)
        fail(path_, "made");
    ::unlink(draft_.c_str());
    isFinished_ = true;
    syncFolder(path_.parent_path().empty() ? "." : path_.parent_path());
}

FileSource::FileSource(const std::filesystem::path& path) : path_(path) {
    descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor_ < 0)
        fail(path_, "read");
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) {
        ::close(descriptor_);
        throw Error(ErrorCode::Unavailable, path_.string() + " is not a regular file");
    }
    mode_ = status.st_mode & 0777;
}

FileSource::~FileSource() {
    ::close(descriptor_);
}

std::size_t FileSource::read(char* into, std::size_t size) {
    std::size_t have = 0;
    while (have < size) {
        const auto count = ::read(descriptor_, into + have, size - have);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            fail(path_, "read");
        if (count == 0)
            break;
        have += static_cast<std::size_t>(count);
    }
    return have;
}

} // namespace trellis::store::backup

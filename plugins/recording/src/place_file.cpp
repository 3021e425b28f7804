#include "place_file.hpp"

#include "descriptor.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <trellis/sdk/error.hpp>
#include <unistd.h>

namespace recording {

using trellis::sdk::Error;
using trellis::sdk::ErrorCode;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kPiece = 1024 * 1024;

[[noreturn]] void failed() {
    throw Error(ErrorCode::Unavailable,
                std::string("the recording can't be put in its folder: ") + std::strerror(errno));
}

void writeAll(int fd, const char* bytes, std::size_t size) {
    while (size > 0) {
        const auto wrote = ::write(fd, bytes, size);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            failed();
        bytes += wrote;
        size -= static_cast<std::size_t>(wrote);
    }
}

void copyInto(int from, int to) {
    std::vector<char> piece(kPiece);
    for (;;) {
        const auto got = ::read(from, piece.data(), piece.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            failed();
        if (got == 0)
            return;
        writeAll(to, piece.data(), static_cast<std::size_t>(got));
    }
}

void syncFolderOf(const std::string& path) {
    const Descriptor folder{
        ::open(path.substr(0, path.rfind('/')).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (folder.fd < 0 || fsync(folder.fd) != 0)
        failed();
}

void copyFile(const std::string& from, const std::string& to) {
    const auto part = to + ".part";
    const Descriptor source{::open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
    if (source.fd < 0)
        failed();
    try {
        const Descriptor copy{
            ::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600)};
        if (copy.fd < 0)
            failed();
        copyInto(source.fd, copy.fd);
        if (fsync(copy.fd) != 0 || ::rename(part.c_str(), to.c_str()) != 0)
            failed();
        syncFolderOf(to);
    } catch (const Error&) {
        ::unlink(part.c_str());
        throw;
    }
}

} // namespace

void placeFile(const std::string& from, const std::string& to) {
    if (::link(from.c_str(), to.c_str()) == 0)
        return;
    std::error_code error;
    if (errno == EEXIST && fs::equivalent(from, to, error))
        return;         // the last try came so far
    copyFile(from, to); // another file system, or one without links
}

std::string roomProblem(const std::string& folder, std::int64_t minFree) {
    struct statvfs facts {};
    if (statvfs(folder.c_str(), &facts) != 0)
        return "the folder of the recordings can't be read: " + std::string(std::strerror(errno));
    const auto free =
        static_cast<std::int64_t>(facts.f_bavail) * static_cast<std::int64_t>(facts.f_frsize);
    return free < minFree ? "the disk of the recordings is full" : "";
}

std::string tryWriting(const std::string& folder) {
    constexpr std::size_t kTried = 64 * 1024;
    const auto path = folder + "/trial";
    const auto why = [] {
        return "the recording can't be written: " + std::string(std::strerror(errno));
    };
    errno = ENOSPC; // a write that comes to an end early says nothing
    const Descriptor file{
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600)};
    if (file.fd < 0)
        return why();
    const std::string bytes(kTried, '\0');
    const auto wrote = ::write(file.fd, bytes.data(), bytes.size());
    auto problem = wrote == static_cast<ssize_t>(bytes.size()) ? "" : why();
    ::unlink(path.c_str());
    return problem;
}

} // namespace recording

#include "core/api/audit/head.hpp"

#include "core/store/random.hpp"

#include <trellis/sdk/error.hpp>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace trellis::api::audit {

namespace {

using sdk::Error;
using sdk::ErrorCode;

[[noreturn]] void fail(const std::filesystem::path& path, const char* what) {
    throw Error(ErrorCode::Unavailable,
                path.string() + " cannot be " + what + ": " + std::strerror(errno));
}

} // namespace

HeadFile::HeadFile(std::filesystem::path path, const SealKey& key)
    : path_(std::move(path)), key_(key) {}

std::string HeadFile::sealOf(const Point& point) const {
    return key_.mac(std::to_string(point.place) + ' ' + point.hash, "audit-head");
}

std::optional<Point> HeadFile::read() const {
    std::error_code problem;
    if (!std::filesystem::exists(path_, problem))
        return std::nullopt;
    std::ifstream in(path_);
    if (!in)
        fail(path_, "read");
    std::string text(256, '\0'); // more than any that was written
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    std::istringstream words(text);
    Point point;
    std::string seal;
    words >> point.place >> point.hash >> seal;
    if (words.fail() || !store::equalInConstantTime(seal, sealOf(point)))
        throw Error(ErrorCode::Conflict, path_.string() + " was not written by this server's key");
    return point;
}

void HeadFile::write(const Point& point, bool isSynced) const {
    const auto text = std::to_string(point.place) + ' ' + point.hash + ' ' + sealOf(point) + '\n';
    const auto draft = path_.string() + ".new";
    const int descriptor = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor < 0)
        fail(path_, "written");
    const bool isWhole =
        ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
        (!isSynced || ::fdatasync(descriptor) == 0);
    const int reason = errno;
    ::close(descriptor);
    errno = reason;
    if (!isWhole || ::rename(draft.c_str(), path_.c_str()) != 0)
        fail(path_, "written");
}

std::filesystem::path headPath(const std::filesystem::path& dataDirectory) {
    return dataDirectory / "audit.head";
}

} // namespace trellis::api::audit

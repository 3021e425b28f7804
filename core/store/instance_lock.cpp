#include "core/store/instance_lock.hpp"

#include <trellis/sdk/error.hpp>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <sys/file.h>
#include <unistd.h>
#include <utility>

namespace trellis::store {

std::optional<InstanceLock> InstanceLock::tryTake(const std::filesystem::path& dataDirectory) {
    const auto path = dataDirectory / "server.lock";
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0)
        throw sdk::Error(sdk::ErrorCode::Unavailable,
                         "cannot open " + path.string() + ": " + std::strerror(errno));
    if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0)
        return InstanceLock(descriptor);
    const int reason = errno;
    ::close(descriptor);
    if (reason == EWOULDBLOCK)
        return {};
    throw sdk::Error(sdk::ErrorCode::Unavailable,
                     "cannot lock " + path.string() + ": " + std::strerror(reason));
}

InstanceLock::InstanceLock(InstanceLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

InstanceLock::~InstanceLock() {
    if (descriptor_ >= 0)
        ::close(descriptor_);
}

} // namespace trellis::store

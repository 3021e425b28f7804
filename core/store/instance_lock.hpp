/// One server per data directory.
#pragma once

#include <filesystem>
#include <optional>

namespace trellis::store {

/// Holds DATA/server.lock (flock) while it lives. The kernel lets go of it when the process ends,
/// so a crash leaves nothing behind.
class InstanceLock {
public:
    /// Nothing if another process holds it: a server is running on that directory. Throws
    /// sdk::Error Unavailable if the file cannot be made.
    static std::optional<InstanceLock> tryTake(const std::filesystem::path& dataDirectory);
    InstanceLock(InstanceLock&& other) noexcept;
    InstanceLock& operator=(InstanceLock&&) = delete;
    ~InstanceLock();

private:
    explicit InstanceLock(int descriptor) : descriptor_(descriptor) {}
    int descriptor_;
};

} // namespace trellis::store

/// The crash journal: a small mapped file that says, at every moment, which plugin's code runs on
/// which thread. It survives the process, so the next start knows on whose stack it died.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace trellis::plugin {

class Journal {
public:
    /// Opens or creates the file, first reading what the last process left. Throws
    /// sdk::Error{Unavailable} with the system's reason. One journal per process at a time: fatal
    /// signals are watched to tell the thread that caused them (handlers installed before are
    /// called afterwards).
    static std::shared_ptr<Journal> open(const std::filesystem::path& file);
    ~Journal();  ///< close()
    /// Marks the end as orderly, whoever is inside, and stops watching. Idempotent.
    void close() noexcept;
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    /// Ids of the plugins whose code ran when the last process ended without order. Empty after an
    /// orderly end, and when the machine itself was restarted since (no plugin's fault).
    const std::vector<std::string>& suspects() const noexcept { return suspects_; }

    /// The number that stands for a plugin in the file; 0 (not recorded) after 255 plugins.
    std::uint32_t numberOf(const std::string& pluginId);

    struct File;

private:
    Journal() = default;
    File* file_ = nullptr;
    std::uint32_t used_ = 0;
    std::vector<std::string> suspects_;
};

/// While it lives the calling thread runs code of plugin `number` (0: records nothing). Nests.
class JournalScope {
public:
    explicit JournalScope(std::uint32_t number) noexcept;
    ~JournalScope();
    JournalScope(const JournalScope&) = delete;
    JournalScope& operator=(const JournalScope&) = delete;

private:
    std::atomic<std::uint32_t>* slot_ = nullptr;
    std::uint32_t before_ = 0;
};

}  // namespace trellis::plugin

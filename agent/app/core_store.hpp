/// The cached core script: as it was pushed, with its four bytes in front (protocol section 5.1).
#pragma once

#include <trellis/wire/hash.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace trellis::device {

inline constexpr std::size_t kMaxCore = 16 * 1024 * 1024;

class CoreStore {
public:
    /// `path`: file of the cached core (0600). One that can't be read is none.
    explicit CoreStore(std::string path);

    /// Throws std::system_error if it can't be stored; then the old one stays.
    void put(std::string_view core, const wire::Hash& hash);
    void clear();
    const std::optional<wire::Hash>& hash() const noexcept { return hash_; }
    /// The script without the prefix. nullopt if there is none, or the file has changed behind our back.
    std::optional<std::string> script() const;

private:
    std::string path_;
    std::optional<wire::Hash> hash_;
};

}  // namespace trellis::device

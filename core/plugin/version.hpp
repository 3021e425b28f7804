/// Versions and ranges of plugin.yaml (semver.org 2.0.0, without build metadata).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trellis::plugin {

/// "1", "1.2", "1.2.3" or "1.2.3-rc.1"; what is left out counts as 0. A pre-release sorts before the
/// version itself, by its text.
struct Version {
    std::array<std::uint32_t, 3> numbers{};
    std::string preRelease;

    static std::optional<Version> parse(std::string_view text);
    std::string text() const;
};

/// Below 0: a < b; 0: equal; above 0: a > b.
int compare(const Version& a, const Version& b) noexcept;

/// Conditions that all must hold, separated by spaces: ">=1.0 <2", "1.4" (that version or any later
/// one of the same major), "*".
class VersionRange {
public:
    static std::optional<VersionRange> parse(std::string_view text);
    bool contains(const Version& version) const;
    const std::string& text() const noexcept { return text_; }

private:
    enum class Op : std::uint8_t { Less = 1, LessOrEqual, Greater, GreaterOrEqual, Equal };
    struct Condition {
        Op op;
        Version version;
    };
    std::string text_;
    std::vector<Condition> conditions_;
};

}  // namespace trellis::plugin

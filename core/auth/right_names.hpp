/// Rights by the names that people type and read (control-protocol.md sections 4.1 and 4.2).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace trellis::auth {

struct RightName {
    std::string_view name;
    std::uint32_t bit;
};

std::span<const RightName> siteRightNames() noexcept;
std::span<const RightName> deviceRightNames() noexcept;

/// The bit of a name, 0 if there is none.
std::uint32_t bitNamed(std::span<const RightName> names, std::string_view name) noexcept;
/// Those that are set, {"all"} for everything.
std::vector<std::string_view> namesOf(std::span<const RightName> names, std::uint32_t bits);

} // namespace trellis::auth

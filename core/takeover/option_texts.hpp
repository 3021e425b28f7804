/// What becomes of options of config.json that have no equivalent. Internal to core/takeover.
#pragma once

#include <string_view>

namespace trellis::takeover {

/// A sentence for a key of `settings`, of a domain or at the top level (lower case).
std::string_view settingText(std::string_view key) noexcept;
std::string_view domainText(std::string_view key) noexcept;
std::string_view sectionText(std::string_view key) noexcept;

} // namespace trellis::takeover

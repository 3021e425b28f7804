/// The language of pages that the server writes itself.
#pragma once

#include <cstdint>
#include <string_view>

namespace trellis::api {

enum class PageLanguage : std::uint8_t { English = 1, German };

/// Which of them the browser likes best, by its `Accept-Language` (RFC 9110, section 12.5.4);
/// English when it wants none of them. What lies beyond 1 KiB or 32 entries is not looked at; an
/// entry with a malformed weight counts as unwanted.
PageLanguage languageOf(std::string_view acceptLanguage) noexcept;

/// "en" or "de", for `lang`.
std::string_view tagOf(PageLanguage language) noexcept;

} // namespace trellis::api

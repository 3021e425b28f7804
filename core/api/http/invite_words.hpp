/// The texts of the pages of people who were invited (invite_page, install_sections).
#pragma once

#include <string>
#include <string_view>

#include "core/api/http/page_language.hpp"

namespace trellis::api {

/// HTML, but for titles. `{}` is filled in.
struct InviteWords {
    std::string_view install;    ///< title
    std::string_view endedTitle; ///< title
    std::string_view ended;
    std::string_view typeCode;
    std::string_view code;
    std::string_view go;
    std::string_view wrongCode;
    std::string_view tooMany; ///< {} minutes
    std::string_view tooManyOne;
    std::string_view joins;   ///< {} the group
    std::string_view missing; ///< {} the platform
    std::string_view windows;
    std::string_view mac; ///< {} the command
    std::string_view linuxInstall;
    std::string_view linuxOnce;
    std::string_view linuxOn; ///< {} the architecture
    std::string_view bits64;
    std::string_view bits32;
    std::string_view macBoth;
    std::string_view arm32;
};

const InviteWords& inviteWords(PageLanguage language) noexcept;

/// `text` with its first {} replaced.
std::string filled(std::string_view text, std::string_view value);

} // namespace trellis::api

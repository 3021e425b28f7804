/// Backup codes: numbers on paper, each good for one sign-in (control-protocol specification,
/// sections 1.8 and 5.2). Stored as the wire shows them: `[{"p": 12345678, "u": true}, ...]`, `u`
/// while unused.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <trellis/sdk/json.hpp>

namespace trellis::twofactor {

class BackupCodes {
public:
    static constexpr std::size_t kCount = 10;
    static constexpr std::size_t kDigits = 8;

    /// Whatever is not a code in `stored` is left out; "" holds none.
    static BackupCodes parse(std::string_view stored);
    static BackupCodes fresh(); ///< ten different new ones

    /// Uses it up. False if it is none of the unused ones. `code`: eight digits.
    bool use(std::string_view code);
    bool hasUnused() const;
    const sdk::json::array& list() const noexcept { return codes_; }
    std::string text() const;

private:
    sdk::json::array codes_;
};

} // namespace trellis::twofactor

/// Errors that end a request, the same in the core and in plugins.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#define TRELLIS_API __attribute__((visibility("default")))

namespace trellis::sdk {

enum class ErrorCode : std::uint16_t {
    InvalidArgument = 1,
    Unauthenticated,
    Forbidden,
    NotFound,
    Conflict,
    RateLimited,
    Unavailable,
    DeadlineExceeded,
    Internal,
};

/// The code's name on the wire, for example "invalid_argument".
TRELLIS_API std::string_view codeName(ErrorCode code) noexcept;

/// The HTTP status (RFC 9110 section 15) that answers a REST call ended by `code`.
TRELLIS_API int httpStatus(ErrorCode code) noexcept;

/// Ends the current request. The dispatcher turns it into the reply's error and an HTTP status; any
/// other exception becomes Internal with a fixed text, its own text only being logged.
class TRELLIS_API Error : public std::runtime_error {
public:
    /// `field`: JSON pointer (RFC 6901) of the argument at fault, "" if none.
    Error(ErrorCode code, const std::string& message, std::string field = {});
    ~Error() override;
    ErrorCode code() const noexcept { return code_; }
    const std::string& field() const noexcept { return field_; }

private:
    ErrorCode code_;
    std::string field_;
};

}  // namespace trellis::sdk

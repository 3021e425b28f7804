#include <trellis/wire/bytes.hpp>

namespace trellis::wire {

std::string_view describe(ParseError error) noexcept {
    switch (error) {
    case ParseError::None: return "no error";
    case ParseError::Truncated: return "message cut short";
    case ParseError::WrongSize: return "message of the wrong size";
    case ParseError::Oversized: return "message or field above its limit";
    case ParseError::WrongCommand: return "other command expected";
    case ParseError::BadValue: return "field with a value outside its range";
    }
    return "unknown error";
}

}  // namespace trellis::wire

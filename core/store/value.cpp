#include "core/store/value.hpp"

#include <trellis/sdk/error.hpp>

#include <charconv>
#include <limits>

namespace trellis::store {

namespace {

[[noreturn]] void wrongType(std::size_t column) {
    throw sdk::Error(sdk::ErrorCode::Internal,
                     "database column " + std::to_string(column) + " has an unexpected type");
}

} // namespace

const Value& Row::at(std::size_t column) const {
    if (column >= columns_.size())
        throw sdk::Error(sdk::ErrorCode::Internal, "no database column " + std::to_string(column));
    return columns_[column];
}

bool Row::isNull(std::size_t column) const {
    return std::holds_alternative<std::monostate>(at(column));
}

std::int64_t Row::integer(std::size_t column) const {
    const auto& value = at(column);
    if (std::holds_alternative<std::monostate>(value))
        return 0;
    if (const auto* number = std::get_if<std::int64_t>(&value))
        return *number;
    // Poco's SQLite connector knows no type for an expression such as count(*) and delivers its
    // text.
    const auto* digits = std::get_if<std::string>(&value);
    if (digits == nullptr)
        wrongType(column);
    std::int64_t result = 0;
    const auto* end = digits->data() + digits->size();
    const auto parsed = std::from_chars(digits->data(), end, result);
    if (parsed.ec != std::errc{} || parsed.ptr != end)
        wrongType(column);
    return result;
}

std::uint32_t Row::number32(std::size_t column) const {
    const auto value = integer(column);
    if (value < 0 || value > std::numeric_limits<std::uint32_t>::max())
        wrongType(column);
    return static_cast<std::uint32_t>(value);
}

const std::string& Row::text(std::size_t column) const {
    static const std::string kEmpty;
    const auto& value = at(column);
    if (std::holds_alternative<std::monostate>(value))
        return kEmpty;
    const auto* found = std::get_if<std::string>(&value);
    if (found == nullptr)
        wrongType(column);
    return *found;
}

} // namespace trellis::store

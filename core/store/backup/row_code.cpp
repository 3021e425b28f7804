#include "core/store/backup/row_code.hpp"

#include <bit>

namespace trellis::store::backup {

namespace {

void put(std::string& out, std::uint64_t number, std::size_t size) {
    for (std::size_t at = size; at-- > 0;)
        out += static_cast<char>(number >> (8 * at) & 0xff);
}

/// Takes a number off the front; nothing if there are too few bytes.
std::optional<std::uint64_t> take(std::string_view& bytes, std::size_t size) {
    if (bytes.size() < size)
        return std::nullopt;
    std::uint64_t number = 0;
    for (std::size_t at = 0; at < size; ++at)
        number = number << 8 | static_cast<unsigned char>(bytes[at]);
    bytes.remove_prefix(size);
    return number;
}

std::optional<Value> takeValue(std::string_view& bytes) {
    const char type = bytes.front();
    bytes.remove_prefix(1);
    if (type == 'n')
        return Value{};
    const auto number = take(bytes, type == 't' ? 4 : 8);
    if (!number)
        return std::nullopt;
    if (type == 'i')
        return Value{static_cast<std::int64_t>(*number)};
    if (type == 'r')
        return Value{std::bit_cast<double>(*number)};
    if (type != 't' || *number > bytes.size())
        return std::nullopt;
    std::string text(bytes.substr(0, *number));
    bytes.remove_prefix(*number);
    if (text.find('\0') != std::string::npos)
        return std::nullopt;
    return Value{std::move(text)};
}

} // namespace

std::string encodeRow(const Values& row) {
    std::string out;
    for (const auto& value : row) {
        if (const auto* number = std::get_if<std::int64_t>(&value)) {
            out += 'i';
            put(out, static_cast<std::uint64_t>(*number), 8);
        } else if (const auto* real = std::get_if<double>(&value)) {
            out += 'r';
            put(out, std::bit_cast<std::uint64_t>(*real), 8);
        } else if (const auto* text = std::get_if<std::string>(&value)) {
            out += 't';
            put(out, text->size(), 4);
            out += *text;
        } else {
            out += 'n';
        }
    }
    return out;
}

std::optional<Values> decodeRow(std::string_view bytes, std::size_t mostColumns) {
    Values row;
    while (!bytes.empty()) {
        auto value = row.size() < mostColumns ? takeValue(bytes) : std::nullopt;
        if (!value)
            return std::nullopt;
        row.push_back(std::move(*value));
    }
    return row;
}

} // namespace trellis::store::backup

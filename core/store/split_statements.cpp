#include "core/store/migrations.hpp"

#include <trellis/sdk/error.hpp>

namespace trellis::store {

namespace {

[[noreturn]] void refuse(const std::string& text) {
    throw sdk::Error(sdk::ErrorCode::InvalidArgument, "migration: " + text);
}

bool isBlank(std::string_view text) {
    return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

/// The place after the quoted text or comment that starts at `at`, or `at` itself.
std::size_t skipOpaque(std::string_view sql, std::size_t at) {
    const char c = sql[at];
    if (c == '\'' || c == '"' || c == '`') {
        const auto end = sql.find(c, at + 1);
        if (end == std::string_view::npos)
            refuse(std::string("no end to the quote ") + c);
        return end + 1; // a doubled quote starts the next quoted piece
    }
    if (sql.substr(at).starts_with("--")) {
        const auto end = sql.find('\n', at);
        return end == std::string_view::npos ? sql.size() : end + 1;
    }
    if (sql.substr(at).starts_with("/*")) {
        const auto end = sql.find("*/", at + 2);
        if (end == std::string_view::npos)
            refuse("no end to the comment /*");
        return end + 2;
    }
    return at;
}

} // namespace

std::vector<std::string> splitStatements(std::string_view sql) {
    std::vector<std::string> result;
    std::string current;
    std::size_t at = 0;
    while (at < sql.size()) {
        const auto next = skipOpaque(sql, at);
        if (next != at) {
            const bool isComment = sql[at] == '-' || sql[at] == '/';
            current += isComment ? std::string_view(" ") : sql.substr(at, next - at);
            at = next;
            continue;
        }
        if (sql[at] != ';') {
            current += sql[at++];
            continue;
        }
        ++at;
        if (!isBlank(current))
            result.push_back(current);
        current.clear();
    }
    if (!isBlank(current))
        refuse("the last statement does not end in ;");
    return result;
}

} // namespace trellis::store

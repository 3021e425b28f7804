#include "core/plugin/version.hpp"

#include <charconv>
#include <cstddef>

namespace trellis::plugin {
namespace {

bool isPreRelease(std::string_view text) {
    if (text.empty() || text.size() > 64) return false;
    return text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") ==
           std::string_view::npos;
}

std::optional<std::uint32_t> parseNumber(std::string_view text) {
    std::uint32_t value = 0;
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stop != end || text.empty()) return std::nullopt;
    if (text.size() > 1 && text.front() == '0') return std::nullopt;
    return value;
}

/// Takes the operator off the front; none means "that version or later of its major".
std::string_view takeOperator(std::string_view& text) {
    for (const std::string_view op : {">=", "<=", ">", "<", "="}) {
        if (!text.starts_with(op)) continue;
        text.remove_prefix(op.size());
        return op;
    }
    return {};
}

}  // namespace

std::optional<Version> Version::parse(std::string_view text) {
    Version version;
    if (const auto dash = text.find('-'); dash != std::string_view::npos) {
        version.preRelease = text.substr(dash + 1);
        if (!isPreRelease(version.preRelease)) return std::nullopt;
        text = text.substr(0, dash);
    }
    for (std::size_t i = 0;; ++i) {
        if (i == version.numbers.size()) return std::nullopt;
        const auto dot = text.find('.');
        const auto number = parseNumber(text.substr(0, dot));
        if (!number) return std::nullopt;
        version.numbers[i] = *number;
        if (dot == std::string_view::npos) return version;
        text.remove_prefix(dot + 1);
    }
}

std::string Version::text() const {
    auto out = std::to_string(numbers[0]) + '.' + std::to_string(numbers[1]) + '.' +
               std::to_string(numbers[2]);
    if (!preRelease.empty()) out += '-' + preRelease;
    return out;
}

int compare(const Version& a, const Version& b) noexcept {
    for (std::size_t i = 0; i < a.numbers.size(); ++i) {
        if (a.numbers[i] != b.numbers[i]) return a.numbers[i] < b.numbers[i] ? -1 : 1;
    }
    if (a.preRelease == b.preRelease) return 0;
    if (a.preRelease.empty()) return 1;
    if (b.preRelease.empty()) return -1;
    return a.preRelease < b.preRelease ? -1 : 1;
}

std::optional<VersionRange> VersionRange::parse(std::string_view text) {
    VersionRange range;
    range.text_ = text;
    if (text == "*") return range;
    while (!text.empty()) {
        if (text.front() == ' ') {
            text.remove_prefix(1);
            continue;
        }
        const auto op = takeOperator(text);
        const auto end = text.find(' ');
        auto version = Version::parse(text.substr(0, end));
        if (!version) return std::nullopt;
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end);
        if (op.empty()) {
            range.conditions_.push_back({Op::GreaterOrEqual, *version});
            range.conditions_.push_back({Op::Less, Version{{version->numbers[0] + 1, 0, 0}, {}}});
        } else if (op == ">=") {
            range.conditions_.push_back({Op::GreaterOrEqual, *version});
        } else if (op == "<=") {
            range.conditions_.push_back({Op::LessOrEqual, *version});
        } else if (op == ">") {
            range.conditions_.push_back({Op::Greater, *version});
        } else if (op == "<") {
            range.conditions_.push_back({Op::Less, *version});
        } else {
            range.conditions_.push_back({Op::Equal, *version});
        }
    }
    if (range.conditions_.empty()) return std::nullopt;
    return range;
}

bool VersionRange::contains(const Version& version) const {
    for (const auto& condition : conditions_) {
        const int order = compare(version, condition.version);
        const bool holds = (condition.op == Op::Less && order < 0) ||
                           (condition.op == Op::LessOrEqual && order <= 0) ||
                           (condition.op == Op::Greater && order > 0) ||
                           (condition.op == Op::GreaterOrEqual && order >= 0) ||
                           (condition.op == Op::Equal && order == 0);
        if (!holds) return false;
    }
    return true;
}

}  // namespace trellis::plugin

#include <algorithm>

#include "core/net/http_head.hpp"

namespace trellis::net {

namespace {

// Control characters, backslashes and dot segments, also behind an encoded slash.
bool isRefused(std::string_view segment) {
    const bool hasControl = std::any_of(segment.begin(), segment.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '\\';
    });
    if (hasControl)
        return true;
    for (bool isLast = false; !isLast;) {
        const auto end = segment.find('/');
        isLast = end == std::string_view::npos;
        const auto part = segment.substr(0, end);
        if (part == "." || part == "..")
            return true;
        if (!isLast)
            segment = segment.substr(end + 1);
    }
    return false;
}

} // namespace

std::string withoutSlash(std::string_view segment) {
    std::string result;
    result.reserve(segment.size());
    for (const char c : segment) {
        if (c == '/')
            result += "%2F";
        else
            result += c;
    }
    return result;
}

bool parseTarget(std::string_view target, std::vector<std::string>& segments, std::string& path,
                 Query& query) {
    const auto question = target.find('?');
    auto rest = target.substr(0, question);
    if (question != std::string_view::npos)
        query = Query::parse(target.substr(question + 1));
    if (rest == "*") {
        path = "*";
        return true;
    }
    if (rest.empty() || rest.front() != '/')
        return false;
    rest.remove_prefix(1);
    for (bool isLast = false; !isLast;) {
        const auto end = rest.find('/');
        isLast = end == std::string_view::npos;
        auto segment = percentDecode(rest.substr(0, end));
        if (!segment || isRefused(*segment))
            return false;
        path += '/';
        path += withoutSlash(*segment);
        segments.push_back(std::move(*segment));
        if (!isLast)
            rest = rest.substr(end + 1);
    }
    return true;
}

} // namespace trellis::net

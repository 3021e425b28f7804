#include "core/api/invite_code.hpp"

#include <algorithm>

#include "core/model/records.hpp"

namespace trellis::api {

std::string plainCode(std::string_view code) {
    std::string plain;
    for (const char c : code) {
        if (c == ' ' || (c >= '\t' && c <= '\r'))
            continue;
        plain += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return plain;
}

bool hasInviteCode(const model::Group& group, const std::string& plain) {
    const auto* invite = group.extra.if_contains("invite");
    const auto* codes =
        invite && invite->is_object() ? invite->get_object().if_contains("codes") : nullptr;
    if (!codes || !codes->is_array() || plain.empty())
        return false;
    const auto& all = codes->get_array();
    return std::any_of(all.begin(), all.end(), [&](const boost::json::value& code) {
        return code.is_string() && plainCode(std::string_view(code.get_string())) == plain;
    });
}

} // namespace trellis::api

/// One HTTP POST, blocking.
#pragma once

#include <chrono>
#include <string>

namespace webhook {

struct Target {
    std::string url;    ///< http or https
    std::string token;  ///< sent as `Authorization: Bearer`, "" for none
    std::chrono::seconds timeout{5};
};

/// "" when the other side took it (2xx), else why not. Follows no redirect. Throws nothing but
/// std::bad_alloc.
std::string post(const Target& target, const std::string& body);

}  // namespace webhook

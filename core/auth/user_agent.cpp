#include "core/auth/user_agent.hpp"

#include <array>
#include <utility>

namespace trellis::auth {

namespace {

using Mark = std::pair<std::string_view, std::string_view>; // what is in the header, name

// In this order: browsers name their ancestors too.
constexpr std::array<Mark, 6> kBrowsers = {{{"Edg/", "Edge"},
                                            {"OPR/", "Opera"},
                                            {"Firefox/", "Firefox"},
                                            {"Chrome/", "Chrome"},
                                            {"Safari/", "Safari"},
                                            {"curl/", "curl"}}};
constexpr std::array<Mark, 6> kSystems = {{{"Android", "Android"},
                                           {"iPhone", "iOS"},
                                           {"iPad", "iOS"},
                                           {"Windows", "Windows"},
                                           {"Mac OS X", "macOS"},
                                           {"Linux", "Linux"}}};

template <std::size_t n>
std::string firstIn(std::string_view header, const std::array<Mark, n>& marks) {
    for (const auto& [mark, name] : marks)
        if (header.find(mark) != std::string_view::npos)
            return std::string(name);
    return {};
}

} // namespace

UserAgent describeUserAgent(std::string_view header) {
    header = header.substr(0, 512);
    return {firstIn(header, kBrowsers), firstIn(header, kSystems)};
}

} // namespace trellis::auth

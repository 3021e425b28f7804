// The agent's settings file and the addresses in it.
#include "agent/link/settings.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto result = trellis::device::readSettings(text);
    if (result.value.has_value() != result.error.empty()) std::abort();
    trellis::device::parseProxy(text);
    if (const auto url = trellis::device::parseUrl(text)) {
        if (url->port == 0 || url->host.empty() || url->path[0] != '/') std::abort();
    }
    return 0;
}

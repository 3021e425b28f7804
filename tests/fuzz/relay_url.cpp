// Texts from outside that name tunnels and settings.
#include "core/relay/relay_url.hpp"

#include <trellis/wire/settings.hpp>
#include <trellis/wire/text.hpp>

#include <cstdlib>

using namespace trellis;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto url = relay::parseRelayUrl(text)) {
        if (!relay::isRelayId(url->id)) std::abort();
        const auto again = relay::parseRelayUrl(
            relay::deviceUrl(url->id, "node//x", url->protocol == 0 ? 1 : url->protocol, "secret"));
        if (!again || again->id != url->id) std::abort();
    }
    if (const auto bytes = wire::decodeId64(text)) {
        if (wire::encodeId64(*bytes) != text) std::abort();
    }
    (void)wire::decodeHex(text);
    (void)wire::isUtf8(text);
    (void)wire::parseSettings(text);
    (void)wire::embeddedSettingsSize(wire::bytesOf(text));
    return 0;
}

// Heads of a server's answers, and zip files of updates.
#include "agent/link/http_head.hpp"
#include "agent/script/text.hpp"
#include "agent/update/updater.hpp"

#include <trellis/wire/text.hpp>

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto end = trellis::device::findHeadEnd(text);
    trellis::device::parseResponseHead(text.substr(0, end));
    trellis::device::parseResponseHead(text);
    trellis::device::unzipSingle(text, 65536);
    // Whatever comes in leaves as UTF-8.
    const auto script = trellis::device::toScript(text);
    if (!trellis::wire::isUtf8(trellis::device::fromScript(script))) std::abort();
    if (!trellis::wire::isUtf8(trellis::device::fromScript(text))) std::abort();
    return 0;
}

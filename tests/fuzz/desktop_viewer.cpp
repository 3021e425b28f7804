// What viewers of a desktop send: commands and control messages, with every right.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "plugins/desktop/src/kvm.hpp"
#include "plugins/desktop/src/texts.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace desktop;
    const auto bytes = std::as_bytes(std::span(data, size));
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    for (const auto input : {Input::Full, Input::Limited, Input::None}) {
        const auto filtered = filterViewer(bytes, input);
        if (filtered.bytes.size() > size) __builtin_trap();
        if (filtered.outcome == Filtered::Outcome::Part) {
            // What passed once passes again, whole.
            const auto again = filterViewer(std::as_bytes(std::span(filtered.bytes)), input);
            if (again.outcome != Filtered::Outcome::Whole) __builtin_trap();
        }
        judgeViewerText(text, input, {});
        mayReachViewer(text, input, {});
    }
    return 0;
}

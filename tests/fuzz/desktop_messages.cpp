// What viewers send to a desktop session, and what the agent and its desktop program say to each other.
#include "agent/desktop/kvm_message.hpp"
#include "agent/desktop/link.hpp"

#include <cstdint>
#include <cstdlib>

using namespace trellis::device::desktop;

namespace {
void check(const ViewerCommand& command) {
    if (const auto* each = std::get_if<CompressionCommand>(&command)) {
        if (each->quality > 100 || (each->scaling != 0 && (each->scaling < 64 || each->scaling > 4096))) {
            std::abort();
        }
    }
    if (const auto* each = std::get_if<ChoiceCommand>(&command)) {
        if (each->quality > 100 || each->rate > 60) std::abort();
    }
    (void)isInput(command);
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto bytes = trellis::wire::bytesOf(text);
    std::size_t count = 0;
    readCommands(bytes, [&](const ViewerCommand& command) {
        ++count;
        check(command);
    });
    if (count > size / 4) std::abort();
    // Whole and in two pieces the frames are the same.
    std::size_t whole = 0;
    std::size_t pieces = 0;
    LinkReader one;
    const bool isGood = one.read(text, [&](const LinkFrame& frame) {
        ++whole;
        (void)readOptions(frame.payload);
    });
    LinkReader two;
    const auto half = size / 2;
    const auto take = [&](const LinkFrame&) { ++pieces; };
    const bool isGoodToo = two.read(text.substr(0, half), take) && two.read(text.substr(half), take);
    if (isGood != isGoodToo || (isGood && whole != pieces)) std::abort();
    return 0;
}

// What plugins/recording reads from outside: files, messages of desktops and terminals, ranges. The first
// byte says which.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>

#include <boost/json/parse.hpp>
#include <trellis/sdk/error.hpp>

#include "plugins/recording/src/byte_range.hpp"
#include "plugins/recording/src/desktop_index.hpp"
#include "plugins/recording/src/files_digest.hpp"
#include "plugins/recording/src/folded.hpp"
#include "plugins/recording/src/image_size.hpp"
#include "plugins/recording/src/mcrec.hpp"
#include "plugins/recording/src/picture_at.hpp"
#include "plugins/recording/src/plain_text.hpp"
#include "plugins/recording/src/terminal_at.hpp"
#include "plugins/recording/src/vt_terminal.hpp"

using namespace recording;
using Bytes = std::span<const std::byte>;

namespace {

void demand(bool holds) {
    if (!holds) std::abort();
}

mcrec::Reader::Read reading(Bytes bytes) {
    return [bytes](std::uint64_t offset, std::span<std::byte> into) -> std::size_t {
        if (offset >= bytes.size()) return 0;
        const auto part = bytes.subspan(offset, std::min<std::size_t>(into.size(), bytes.size() - offset));
        std::copy(part.begin(), part.end(), into.begin());
        return part.size();
    };
}

/// Blocks that were read make the same bytes again.
void file(Bytes bytes) {
    mcrec::Reader reader(reading(bytes), bytes.size());
    mcrec::Block block;
    std::string again;
    while (reader.next(block) == mcrec::Reader::Result::Found) {
        mcrec::appendBlock(again, static_cast<mcrec::BlockType>(block.header.type), block.header.flags,
                           block.header.time, block.text());
    }
    demand(again.size() == reader.where() && again.size() <= bytes.size());
    demand(std::equal(again.begin(), again.end(), bytes.begin(),
                      [](char a, std::byte b) { return static_cast<std::byte>(a) == b; }));
    if (const auto tail = mcrec::readTail(reading(bytes), bytes.size()); tail && tail->isIndexed) {
        demand(tail->extraOffset + mcrec::kHeaderSize + tail->extraSize <= bytes.size());
    }
    for (const std::int64_t ms : {0, 10'000, 60'000}) {
        try {
            const auto read = reading(bytes);
            demand(pictureAt(read, bytes.size(), indexIn(read, bytes.size()), ms).size() <= 65U * 1024 * 1024);
            demand(pictureAt(read, bytes.size(), makeIndex(read, bytes.size()), ms).size() <= 65U * 1024 * 1024);
            demand(filesDigest(read, bytes.size()).size() <= 65U * 1024 * 1024);
            const std::string states(reinterpret_cast<const char*>(bytes.data()), bytes.size());
            demand(terminalAt(read, bytes.size(), states, ms).size() <= 65U * 1024 * 1024);
        } catch (const trellis::sdk::Error&) {
        }
    }
}

/// Messages of a desktop, each behind its length; a second passes between two.
void desktop(Bytes bytes) {
    DesktopIndex index;
    std::uint64_t offset = 100, time = 1'000'000;
    while (bytes.size() >= 2) {
        const auto size = std::min<std::size_t>(
            std::to_integer<std::size_t>(bytes[0]) << 8 | std::to_integer<std::size_t>(bytes[1]), bytes.size() - 2);
        index.see(offset, time, true, bytes.subspan(2, size));
        (void)imageSize(bytes.subspan(2, size));
        bytes = bytes.subspan(2 + size);
        offset += 16 + size;
        time += 1000;
    }
    const auto text = index.json();
    boost::json::error_code problem;
    if (!text.empty()) boost::json::parse(text, problem);
    demand(!problem);
}

void terminal(Bytes bytes) {
    PlainText text;
    text.feed(bytes.first(bytes.size() / 4), 1);
    text.resize(bytes.empty() ? 0 : std::to_integer<int>(bytes[0]) % 40);
    text.feed(bytes.subspan(bytes.size() / 4, bytes.size() / 2 - bytes.size() / 4), 1);
    text.resize(bytes.empty() ? 0 : std::to_integer<int>(bytes.back()) * 5);
    text.feed(bytes.subspan(bytes.size() / 2), 2);
    text.finish(3);
    for (const auto& line : text.take()) {
        demand(!line.text.empty() && !folded(line.text).empty());
        demand(std::none_of(line.text.begin(), line.text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }));
    }
}

/// What a terminal writes of itself makes one with the same lines, which writes the same.
void screen(Bytes bytes) {
    if (bytes.size() < 4) return;
    const auto side = [&](std::size_t at) { return 1 + std::to_integer<int>(bytes[at]) % 40; };
    vt::Terminal first(side(0), side(1));
    const auto half = bytes.size() / 2;
    first.feed(bytes.subspan(2, half - 2));
    first.resize(side(2), side(3));
    first.feed(bytes.subspan(half));
    vt::Terminal second(side(2), side(3));
    const auto written = first.written();
    second.feed(std::as_bytes(std::span(written)));
    demand(second.screen().isAlternate() == first.screen().isAlternate());
    demand(second.screen().buffer().lines.size() == first.screen().buffer().lines.size());
    demand(second.written().size() <= written.size() * 2 + 1000);
}

void header(std::string_view text) {
    if (const auto range = parseRange(text, 1000)) demand(range->first > range->last || range->last < 1000);
    if (mcrec::isFileName(text)) demand(text.find('/') == std::string_view::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const Bytes bytes(reinterpret_cast<const std::byte*>(data) + 1, size - 1);
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    switch (data[0]) {
    case 'f': file(bytes); break;
    case 'd': desktop(bytes); break;
    case 't': terminal(bytes); break;
    case 's': screen(bytes); break;
    case 'm': (void)mcrec::parseFirst(text); break;
    case 'r': header(text); break;
    default: break;
    }
    return 0;
}

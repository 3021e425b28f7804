/// Files and hexadecimal text for tests.
#pragma once

#include <algorithm>
#include <fstream>
#include <iterator>
#include <span>
#include <string>

#include "src/mcrec.hpp"

namespace recording::tests {

inline std::string fromHex(std::string_view text) {
    std::string out, digits;
    for (const char c : text) {
        if (c == ' ') continue;
        digits += c;
        if (digits.size() < 2) continue;
        out += static_cast<char>(std::stoi(digits, nullptr, 16));
        digits.clear();
    }
    return out;
}

inline std::string contents(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

inline std::string fixture(const std::string& name) {
    return contents(std::string(TRELLIS_PLUGIN_FOLDER) + "/tests/data/" + name);
}

/// Reads from text that outlives it.
inline mcrec::Reader::Read reading(const std::string& bytes) {
    return [&bytes](std::uint64_t offset, std::span<std::byte> into) {
        if (offset >= bytes.size()) return std::size_t{0};
        const auto count = std::min(into.size(), bytes.size() - static_cast<std::size_t>(offset));
        std::transform(bytes.begin() + static_cast<std::ptrdiff_t>(offset),
                       bytes.begin() + static_cast<std::ptrdiff_t>(offset + count), into.begin(),
                       [](char c) { return static_cast<std::byte>(c); });
        return count;
    };
}

inline std::span<const std::byte> asBytes(const std::string& text) {
    return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

struct Copied {
    mcrec::Header header;
    std::uint64_t offset;
    std::string data;
};
/// All blocks, and how reading ended.
inline std::pair<std::vector<Copied>, mcrec::Reader::Result> blocksOf(const std::string& bytes) {
    mcrec::Reader reader(reading(bytes), bytes.size());
    std::vector<Copied> blocks;
    mcrec::Block block;
    for (;;) {
        const auto result = reader.next(block);
        if (result != mcrec::Reader::Result::Found) return {std::move(blocks), result};
        blocks.push_back({block.header, block.offset, std::string(block.text())});
    }
}

}  // namespace recording::tests

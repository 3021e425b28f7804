/// Masking of WebSocket payloads (RFC 6455, section 5.3).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace trellis::wire {

/// Masks or unmasks in place, eight bytes at a time. `offset`: of the first byte in its frame.
inline void applyMask(void* bytes, std::size_t size, const std::array<std::uint8_t, 4>& key,
                      std::size_t offset = 0) noexcept {
    std::array<std::uint8_t, 8> wide{};
    for (std::size_t i = 0; i < wide.size(); ++i) wide[i] = key[(offset + i) % 4];
    std::uint64_t pattern = 0;
    std::memcpy(&pattern, wide.data(), sizeof pattern);
    auto* at = static_cast<std::uint8_t*>(bytes);
    std::size_t i = 0;
    for (; i + sizeof pattern <= size; i += sizeof pattern) {
        std::uint64_t word = 0;
        std::memcpy(&word, at + i, sizeof word);
        word ^= pattern;
        std::memcpy(at + i, &word, sizeof word);
    }
    for (; i < size; ++i) at[i] = static_cast<std::uint8_t>(at[i] ^ wide[i % 8]);
}

}  // namespace trellis::wire

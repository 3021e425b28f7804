/// Bytes waiting to be written to one connection.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>

#include <sys/uio.h>

#include "core/net/bytes.hpp"

namespace trellis::net {

/// A queue of blocks of one TLS record's size, so that many small writes leave as few full records.
/// Empty it holds no memory. One thread, except size().
class OutQueue {
public:
    static constexpr std::size_t kBlock = 16 * 1024; // RFC 8446 section 5.1: the largest record

    OutQueue() = default;
    ~OutQueue() { clear(); }
    OutQueue(const OutQueue&) = delete;
    OutQueue& operator=(const OutQueue&) = delete;

    void append(Bytes bytes);
    void append(std::shared_ptr<const std::string> text);
    Bytes front() const noexcept; ///< contiguous, empty if the queue is
    int gather(iovec* into, int most) const noexcept;
    void consume(std::size_t count) noexcept;
    void clear() noexcept;
    bool empty() const noexcept { return first_ == nullptr; }
    std::size_t size() const noexcept { return size_.load(std::memory_order_relaxed); }

private:
    struct Chunk;
    void link(Chunk* chunk) noexcept;
    void dropFirst() noexcept;

    Chunk* first_ = nullptr;
    Chunk* last_ = nullptr;
    std::atomic<std::size_t> size_{0};
};

} // namespace trellis::net

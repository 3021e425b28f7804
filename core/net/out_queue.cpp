#include "core/net/out_queue.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>
#include <vector>

namespace trellis::net {

struct OutQueue::Chunk {
    Chunk* next = nullptr;
    const std::byte* data = nullptr;
    std::size_t size = 0;
    std::byte* block = nullptr; // owned, kBlock bytes; null for shared text
    std::shared_ptr<const std::string> text;

    std::size_t room() const noexcept {
        return block ? static_cast<std::size_t>(block + kBlock - (data + size)) : 0;
    }
};

namespace {

// Blocks go from queue to queue on a thread without passing through the allocator. 1 MiB is what a
// few busy relays use at once.
class BlockPool {
public:
    ~BlockPool() {
        for (auto* block : free_)
            ::operator delete(block);
    }
    std::byte* take() {
        if (free_.empty())
            return static_cast<std::byte*>(::operator new(OutQueue::kBlock));
        auto* block = free_.back();
        free_.pop_back();
        return block;
    }
    void give(std::byte* block) noexcept {
        if (free_.size() < kMost)
            free_.push_back(block);
        else
            ::operator delete(block);
    }

private:
    static constexpr std::size_t kMost = 64;
    std::vector<std::byte*> free_ = [] {
        std::vector<std::byte*> list;
        list.reserve(kMost);
        return list;
    }();
};

BlockPool& pool() {
    static thread_local BlockPool instance;
    return instance;
}

} // namespace

void OutQueue::link(Chunk* chunk) noexcept {
    if (last_)
        last_->next = chunk;
    else
        first_ = chunk;
    last_ = chunk;
}

void OutQueue::append(Bytes bytes) {
    size_.fetch_add(bytes.size(), std::memory_order_relaxed);
    while (!bytes.empty()) {
        if (!last_ || last_->room() == 0) {
            auto chunk = std::make_unique<Chunk>();
            chunk->block = pool().take();
            chunk->data = chunk->block;
            link(chunk.release());
        }
        const auto count = std::min(bytes.size(), last_->room());
        std::memcpy(const_cast<std::byte*>(last_->data) + last_->size, bytes.data(), count);
        last_->size += count;
        bytes = bytes.subspan(count);
    }
}

void OutQueue::append(std::shared_ptr<const std::string> text) {
    if (text->empty())
        return;
    auto chunk = std::make_unique<Chunk>();
    const auto bytes = asBytes(*text);
    chunk->data = bytes.data();
    chunk->size = bytes.size();
    chunk->text = std::move(text);
    size_.fetch_add(chunk->size, std::memory_order_relaxed);
    link(chunk.release());
}

Bytes OutQueue::front() const noexcept {
    return first_ ? Bytes(first_->data, first_->size) : Bytes();
}

int OutQueue::gather(iovec* into, int most) const noexcept {
    int count = 0;
    for (auto* chunk = first_; chunk && count < most; chunk = chunk->next)
        into[count++] = {const_cast<std::byte*>(chunk->data), chunk->size};
    return count;
}

void OutQueue::dropFirst() noexcept {
    Chunk* chunk = first_;
    first_ = chunk->next;
    if (!first_)
        last_ = nullptr;
    if (chunk->block)
        pool().give(chunk->block);
    delete chunk;
}

void OutQueue::consume(std::size_t count) noexcept {
    size_.fetch_sub(count, std::memory_order_relaxed);
    while (count > 0) {
        const auto part = std::min(count, first_->size);
        first_->data += part;
        first_->size -= part;
        count -= part;
        if (first_->size == 0)
            dropFirst();
    }
}

void OutQueue::clear() noexcept {
    while (first_)
        dropFirst();
    size_.store(0, std::memory_order_relaxed);
}

} // namespace trellis::net

#include "agent/script/heap.hpp"

#include <malloc.h>

#include <cstdlib>

namespace trellis::device {

void* ScriptMemory::allocate(std::size_t size) noexcept {
    if (size == 0 || size > limit_ - used_) return nullptr;
    void* block = std::malloc(size);
    if (block == nullptr) return nullptr;
    const auto real = ::malloc_usable_size(block);
    if (real > limit_ - used_) {
        std::free(block);
        return nullptr;
    }
    used_ += real;
    return block;
}

void* ScriptMemory::reallocate(void* block, std::size_t size) noexcept {
    if (block == nullptr) return allocate(size);
    if (size == 0) {
        release(block);
        return nullptr;
    }
    const auto before = ::malloc_usable_size(block);
    if (size > before && size - before > limit_ - used_) return nullptr;
    void* moved = std::realloc(block, size);
    if (moved == nullptr) return nullptr;
    used_ = used_ - before + ::malloc_usable_size(moved);
    // Rounding may pass the limit by a few bytes; keeping the subtraction above safe is enough.
    if (used_ > limit_) limit_ = used_;
    return moved;
}

void ScriptMemory::release(void* block) noexcept {
    if (block == nullptr) return;
    used_ -= ::malloc_usable_size(block);
    std::free(block);
}

}  // namespace trellis::device

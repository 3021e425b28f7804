/// Memory of the script engine, counted and limited.
#pragma once

#include <cstddef>

namespace trellis::device {

/// Duktape's allocator. Above the limit allocations fail, which the script sees as an error; the agent
/// goes on.
class ScriptMemory {
public:
    explicit ScriptMemory(std::size_t limit) : limit_(limit) {}

    void* allocate(std::size_t size) noexcept;
    void* reallocate(void* block, std::size_t size) noexcept;
    void release(void* block) noexcept;
    std::size_t used() const noexcept { return used_; }

private:
    std::size_t limit_;
    std::size_t used_ = 0;
};

}  // namespace trellis::device

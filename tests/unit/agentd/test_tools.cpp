#include "test_tools.hpp"

#include <stdlib.h>

#include <stdexcept>

namespace agentd_test {

TempFolder::TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "agentd-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = name;
}

TempFolder::~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

bool runUntil(trellis::device::Loop& loop, const std::function<bool()>& isDone,
              trellis::device::Milliseconds longest) {
    const auto until = trellis::device::Clock::now() + longest;
    while (!isDone()) {
        if (trellis::device::Clock::now() > until) return false;
        loop.runOnce(trellis::device::Milliseconds(20));
    }
    return true;
}

}  // namespace agentd_test

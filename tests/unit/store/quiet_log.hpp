/// A log that keeps nothing.
#pragma once

#include <trellis/sdk/log.hpp>

namespace trellis::test {

class QuietLog final : public sdk::Log {
public:
    void debug(std::string_view, sdk::Fields) override {}
    void info(std::string_view, sdk::Fields) override {}
    void warning(std::string_view, sdk::Fields) override {}
    void error(std::string_view, sdk::Fields) override {}
};

} // namespace trellis::test

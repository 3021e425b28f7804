/// A service between two plugins of the tests.
#pragma once

#include <string>

#include <trellis/sdk/error.hpp>

namespace trellis::tests {

class TRELLIS_API Greeter {
public:
    virtual ~Greeter() = default;
    virtual std::string greet(const std::string& name) = 0;
};

}  // namespace trellis::tests
